/**
 * A record as the text of a file: JSON with a version, in fixed order. People read it when something went wrong; a machine
 * that does not understand it says so by name and never guesses.
 */
import { epoch } from '../base/brands.ts';
import type { ArbiterRecord } from '../protocol/record.ts';

const FORMAT = 'tandem arbiter record 1';

export function recordToText(vm: string, record: ArbiterRecord): string {
  const { claimId, incarnation, url, inSync } = record;
  return `${JSON.stringify({ format: FORMAT, vm, epoch: record.epoch, claimId, incarnation, url, inSync })}\n`;
}

/** The record, or what is wrong with the text. */
export function recordFromText(vm: string, expectedEpoch: number, text: string): ArbiterRecord | string {
  const fields = parse(text);
  if (fields === null) return 'it is not JSON';
  if (fields['format'] !== FORMAT)
    return `its format is ${JSON.stringify(fields['format'])}, not "${FORMAT}"`;
  if (fields['vm'] !== vm) return `it is about the VM ${JSON.stringify(fields['vm'])}`;
  if (fields['epoch'] !== expectedEpoch) return `it is about epoch ${JSON.stringify(fields['epoch'])}`;
  const { claimId, incarnation, url, inSync } = fields;
  if (!isText(claimId) || !isText(incarnation) || !isText(url)) return 'a text field is missing';
  if (!Array.isArray(inSync) || !inSync.every(isText)) return 'its in-sync list is not a list of names';
  return { epoch: epoch(expectedEpoch), claimId, incarnation, url, inSync };
}

const isText = (value: unknown): value is string => typeof value === 'string';

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
