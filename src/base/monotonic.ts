/**
 * The host's monotonic clock, the same in every thread of every process of one
 * machine. Milliseconds with a fraction.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
