/** Addresses that mean all of a machine's: whoever listens there is found, on this machine, at the other one. */
export const anyAddress: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);
