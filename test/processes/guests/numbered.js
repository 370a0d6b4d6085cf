/** Prints numbered lines by a timer, every tenth of 200 KB, every seventh on stderr, and ends. */
const LINES = 600;
const EVERY_MS = 15;
let number = 0;

const timer = setInterval(() => {
  number += 1;
  const line = number % 10 === 0 ? `line ${number} ${'x'.repeat(200_000)}` : `line ${number}`;
  if (number % 7 === 0) console.error(line);
  else console.log(line);
  if (number === LINES) clearInterval(timer);
}, EVERY_MS);
