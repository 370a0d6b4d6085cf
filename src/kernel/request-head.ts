/**
 * The head of a client's request as it came (abi.ts): method, target, then names and values of the
 * headers, frequent names as one character.
 */
import { SHORT_HEADER_NAMES } from './abi.ts';
import { appendTo, type Headers, headersOver } from './headers.ts';
import { bareArray, fromCharCode, SafeMap } from './primordials.ts';

export const FIRST_HEADER = 2;

/** Names that travel as one character: both ways. */
const codes = new SafeMap<string, string>();
const names = new SafeMap<string, string>();
for (let index = 0, code = 1; index < SHORT_HEADER_NAMES.length; index += 1, code += 1) {
  if (code === 10) code += 1;
  const name = SHORT_HEADER_NAMES[index] as string;
  codes.set(name, fromCharCode(code));
  names.set(fromCharCode(code), name);
}

/** The first value of a header; no Headers object is made. */
export function headValue(head: readonly string[], name: string): string | undefined {
  const code = codes.get(name) ?? name;
  for (let index = FIRST_HEADER; index < head.length; index += 2) {
    if (head[index] === code) return head[index + 1];
  }
  return undefined;
}

export function countHeader(head: readonly string[], name: string): number {
  const code = codes.get(name) ?? name;
  let count = 0;
  for (let index = FIRST_HEADER; index < head.length; index += 2) if (head[index] === code) count += 1;
  return count;
}

/** The head without some headers that have no short names. */
export function withoutHeaders(head: readonly string[], names: readonly string[]): string[] {
  const rest: string[] = bareArray();
  for (let index = 0; index < head.length; index += 1) {
    const isName = index >= FIRST_HEADER && index % 2 === 0;
    if (isName && isOneOf(head[index] as string, names)) index += 1;
    else rest[rest.length] = head[index] as string;
  }
  return rest;
}

function isOneOf(name: string, names: readonly string[]): boolean {
  for (let index = 0; index < names.length; index += 1) if (names[index] === name) return true;
  return false;
}

export function headersFrom(head: readonly string[]): Headers {
  const list: string[] = bareArray();
  for (let index = FIRST_HEADER; index + 1 < head.length; index += 2) {
    const name = head[index] as string;
    appendTo(list, name.length === 1 ? (names.get(name) ?? name) : name, head[index + 1] as string);
  }
  return headersOver(list, true);
}
