/**
 * Assertions that stay on in production. A broken invariant is a bug of ours, so the host stops (fail-stop,
 * I9) instead of going on with a state nobody understands. A peer's misbehaviour and an operator's
 * mistake are not assertions: the first is an event of the protocol, the second a `TandemError`.
 */

/** The invariants of the FT protocol, as listed in src/README.md. */
export type InvariantId = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10';

/** Thrown by {@link invariant}; only a host's top level may catch it, to halt with the reason. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
  readonly id: InvariantId;

  constructor(id: InvariantId, detail: string) {
    super(`${id}: ${detail}`);
    this.id = id;
  }
}

/** Throws an {@link InvariantViolation} unless `holds`. */
export function invariant(id: InvariantId, holds: boolean, detail: string): asserts holds {
  if (!holds) throw new InvariantViolation(id, detail);
}

/** For the end of an exhaustive switch: compiles only when every case was handled. */
export function unreachable(value: never): never {
  throw new InvariantViolation('I9', `a value outside its union: ${JSON.stringify(value)}`);
}
