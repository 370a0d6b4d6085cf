/** Prints as fast as it can, in one turn: outputs stand wherever the engine looks up. */
const LINES = 40_000;

for (let line = 1; line <= LINES; line += 1) console.log(`line ${line}`);
