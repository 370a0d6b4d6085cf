/** Records and errors, as the tests of arbiters use them. */
import { epoch } from '../../src/base/brands.ts';
import { TandemError } from '../../src/base/errors.ts';
import type { ArbiterRecord } from '../../src/protocol/record.ts';

export const record = (at: number, claimId: string): ArbiterRecord => ({
  epoch: epoch(at),
  claimId,
  incarnation: `of ${claimId}`,
  url: 'http://localhost',
  inSync: ['backup'],
});

/** What a promise fails with; fails itself when that is nothing, or nothing for an operator. */
export async function errorOf(promise: Promise<unknown>): Promise<TandemError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TandemError)) throw new Error(`expected a TandemError, got ${String(error)}`);
  return error;
}
