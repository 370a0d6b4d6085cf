/**
 * A record as text, the same in a file and in an etcd: JSON with a version, in fixed order. People read it
 * when something went wrong; a machine that does not understand it says so by name and never guesses.
 */
import { epoch } from '../base/brands.ts';
import { TandemError } from '../base/errors.ts';
import type { ArbiterRecord } from '../protocol/record.ts';
import { objectIn } from './json.ts';

const FORMAT = 'tandem arbiter record 1';

export function recordToText(vm: string, record: ArbiterRecord): string {
  const { claimId, incarnation, url, inSync } = record;
  return `${JSON.stringify({ format: FORMAT, vm, epoch: record.epoch, claimId, incarnation, url, inSync })}\n`;
}

/**
 * The record at `place`. Throws a {@link TandemError} when the text is none;
 * without an expected epoch, any will do.
 */
export function recordFromText(
  place: string,
  vm: string,
  expectedEpoch: number | null,
  text: string,
): ArbiterRecord {
  const record = recordOrComplaint(vm, expectedEpoch, text);
  if (typeof record !== 'string') return record;
  const mend = 'look at it; restore it from a copy, or start a new VM id';
  throw new TandemError('ARBITER_RECORD', `the arbiter's record ${place} is corrupt: ${record}`, mend);
}

function recordOrComplaint(vm: string, expectedEpoch: number | null, text: string): ArbiterRecord | string {
  const fields = objectIn(text);
  if (fields === undefined) return 'it is not JSON';
  if (fields['format'] !== FORMAT)
    return `its format is ${JSON.stringify(fields['format'])}, not "${FORMAT}"`;
  if (fields['vm'] !== vm) return `it is about the VM ${JSON.stringify(fields['vm'])}`;
  const at = fields['epoch'];
  if (!isEpoch(at) || (expectedEpoch !== null && at !== expectedEpoch)) {
    return `it is about epoch ${JSON.stringify(at)}`;
  }
  const { claimId, incarnation, url, inSync } = fields;
  if (!isText(claimId) || !isText(incarnation) || !isText(url)) return 'a text field is missing';
  if (!Array.isArray(inSync) || !inSync.every(isText)) return 'its in-sync list is not a list of names';
  return { epoch: epoch(at), claimId, incarnation, url, inSync };
}

const isEpoch = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

const isText = (value: unknown): value is string => typeof value === 'string';
