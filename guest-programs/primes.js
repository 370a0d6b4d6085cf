/**
 * A program that computes for many seconds in one turn and prints as it goes: it never waits, so
 * the event loop never comes round and there is no quiet moment to take a copy. The backup
 * follows inside the turn. Kill the primary in the middle of it: the sums go on where they stood,
 * no line is lost and none is printed twice.
 */

/** Ten seconds on an ordinary machine; set it as you like. */
const BLOCKS = 130;
const BLOCK = 50_000;

/** By trial division, on purpose: a sieve would be done before anybody could reach for `kill`. */
function isPrime(candidate) {
  if (candidate < 4) return candidate > 1;
  if (candidate % 2 === 0 || candidate % 3 === 0) return false;
  for (let divisor = 5; divisor * divisor <= candidate; divisor += 6) {
    if (candidate % divisor === 0 || candidate % (divisor + 2) === 0) return false;
  }
  return true;
}

let count = 0;
let largest = 0;
// Every prime found goes into one number, so that a single wrong step anywhere would change the last line.
let checksum = 1;

for (let block = 1; block <= BLOCKS; block += 1) {
  for (let candidate = (block - 1) * BLOCK; candidate < block * BLOCK; candidate += 1) {
    if (!isPrime(candidate)) continue;
    count += 1;
    largest = candidate;
    checksum = (Math.imul(checksum, 31) + candidate) >>> 0;
  }
  console.log(
    `${String(block).padStart(3)}/${BLOCKS}  below ${block * BLOCK}: ${count} primes, largest ${largest}`,
  );
}

console.log(
  `done: ${count} primes below ${BLOCKS * BLOCK}, checksum ${checksum.toString(16).padStart(8, '0')}`,
);
