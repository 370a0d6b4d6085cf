/** Prints a hundred megabytes before the engine has looked up sixteen times. */
const LINES = 5_000;
const LONG = 'x'.repeat(20_000);

for (let line = 1; line <= LINES; line += 1) console.log(`line ${line} ${LONG}`);
