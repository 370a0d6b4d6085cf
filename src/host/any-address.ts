/** Addresses that mean all of a machine: whoever listens there is found, on that machine, at the other. */
export const anyAddress: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);
