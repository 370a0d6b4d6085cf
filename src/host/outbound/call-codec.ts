/**
 * Outbound calls as they cross the border of the machine (kernel/abi.ts): what the kernel's outputs say, and
 * the interrupts that answer them. Pure functions; the bytes made here are what is logged.
 */
import { CALL, HEAD_SEPARATOR, INTERRUPT } from '../../kernel/abi.ts';
import { leb128 } from '../../session/interrupts.ts';

/** One making of one call. */
export interface CallKey {
  readonly id: number;
  readonly generation: number;
}

export interface CallRequest {
  /** 1 when it is made for the first time. */
  readonly attempt: number;
  readonly redirect: 'follow' | 'error' | 'manual';
  readonly method: string;
  readonly url: string;
  /** Name, value, name, value, … */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

export type CallOrder =
  | { readonly what: 'request'; readonly key: CallKey; readonly request: CallRequest }
  | { readonly what: 'cancel'; readonly key: CallKey }
  | { readonly what: 'taken'; readonly key: CallKey; readonly bytes: number };

export interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  /** Name, value, name, value, … */
  readonly headers: readonly string[];
}

/** Throws for what no kernel says. Keeps `body`. */
export function decodeCall(id: number, head: string, body: Uint8Array): CallOrder {
  const [what, generation, ...rest] = head.split(HEAD_SEPARATOR);
  const key = { id, generation: Number(generation) };
  switch (what) {
    case CALL.request: {
      const [attempt, redirect, method = '', url = '', ...headers] = rest;
      if (redirect !== 'follow' && redirect !== 'error' && redirect !== 'manual') break;
      const request: CallRequest = { attempt: Number(attempt), redirect, method, url, headers, body };
      return { what: 'request', key, request };
    }
    case CALL.cancel:
      return { what: 'cancel', key };
    case CALL.taken:
      return { what: 'taken', key, bytes: Number(rest[0]) };
  }
  throw new Error(`no word about a call: ${JSON.stringify(head.slice(0, 60))}`);
}

export function encodeCallHead(key: CallKey, head: AnswerHead): Uint8Array {
  const { status, statusText, url, redirected, headers } = head;
  const lines = [String(status), statusText, url, redirected ? '1' : '0', ...headers].map(oneLine);
  const text = Buffer.from(lines.join(HEAD_SEPARATOR));
  return Buffer.concat([begin(INTERRUPT.callHead, key), Buffer.from(leb128(text.length)), text]);
}

export function encodeCallBody(key: CallKey, bytes: Uint8Array, isLast: boolean): Uint8Array {
  return Buffer.concat([begin(INTERRUPT.callBody, key), Uint8Array.of(isLast ? 1 : 0), bytes]);
}

export function encodeCallFailed(key: CallKey, reason: string): Uint8Array {
  return Buffer.concat([begin(INTERRUPT.callFailed, key), Buffer.from(oneLine(reason))]);
}

const begin = (kind: number, { id, generation }: CallKey): Uint8Array =>
  Uint8Array.of(kind, ...leb128(id), ...leb128(generation));

/** The kernel cuts a head at line breaks, and a NUL would end its text; no HTTP parser lets them through. */
const oneLine = (text: string): string => text.replace(/[\0\r\n]+/g, ' ');
