/**
 * The bytes of a response that left the machine in one piece, for a request that was read on the fast path:
 * the same that Node would send.
 */
import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import { limits } from '../../base/limits.ts';
import { decodeResponseHead, headInPlaceOf } from './request-codec.ts';

const SECOND_MS = 1_000;

export interface FastReply {
  /** With its blank line; each character is a byte. */
  readonly head: string;
  readonly body: Uint8Array;
}

const EMPTY = new Uint8Array(0);

/** Borrows `body`. Throws for a head that cannot be sent. */
export function fastReply(head: string, body: Uint8Array): FastReply {
  const decoded = decodeResponseHead(head);
  if (decoded === undefined) throw new Error(`no response head: ${JSON.stringify(head.slice(0, 60))}`);
  const { status, headers } = decoded;
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
  let isDated = false;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    validateHeaderName(name);
    validateHeaderValue(name, value);
    text += `${name}: ${value}\r\n`;
    if (name.length === 4 && name.toLowerCase() === 'date') isDated = true;
  }
  const hasBody = status !== 204 && status !== 304;
  if (hasBody) text += `content-length: ${body.length}\r\n`;
  if (!isDated) text += `Date: ${dateNow()}\r\n`;
  const keptSeconds = Math.floor(limits.keepAliveMs / SECOND_MS);
  text += `Connection: keep-alive\r\nKeep-Alive: timeout=${keptSeconds}\r\n\r\n`;
  return { head: text, body: hasBody ? body : EMPTY };
}

/** In place of one that cannot be sent. */
export const fastReplyInPlace = (head: string): FastReply => fastReply(headInPlaceOf(head), EMPTY);

let datedSecond = 0;
let dateText = '';

/** The host's own clock: what a client reads here is not the machine's (RFC 9110 §6.6.1). */
function dateNow(): string {
  const second = Math.floor(Date.now() / SECOND_MS);
  if (second !== datedSecond) {
    datedSecond = second;
    dateText = new Date(second * SECOND_MS).toUTCString();
  }
  return dateText;
}
