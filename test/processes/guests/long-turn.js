/**
 * Computes for about ten seconds in one turn, never waits, and prints as it goes; every eighth line has 200
 * KB. What a line says depends on all the computing before it.
 */
const LINES = 40;
const STEPS = 1_600_000;
const LONG = 200_000;

let state = 1;
for (let line = 1; line <= LINES; line += 1) {
  for (let step = 0; step < STEPS; step += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  const text = `line ${line} ${state.toString(16).padStart(8, '0')}`;
  console.log(line % 8 === 0 ? `${text} ${'y'.repeat(LONG)}` : text);
}
