/**
 * Clients' WebSockets as they cross the border of the machine (kernel/abi.ts). Pure functions;
 * the bytes made here are what is logged.
 */
import { HEAD_SEPARATOR, INTERRUPT, SOCKET } from '../../kernel/abi.ts';
import { leb128 } from '../../session/interrupts.ts';

export type SocketOrder =
  /** Name, value, name, value, … */
  | { readonly what: 'accept'; readonly headers: readonly string[] }
  | { readonly what: 'message'; readonly isText: boolean }
  /** `code` undefined for none. */
  | { readonly what: 'close'; readonly code: number | undefined; readonly reason: string };

/** What a close frame without a code is called. */
export const NO_CODE = 1005;

/** Throws for what no kernel says. */
export function decodeSocket(head: string): SocketOrder {
  const [what, ...rest] = head.split(HEAD_SEPARATOR);
  switch (what) {
    case SOCKET.accept:
      return { what: 'accept', headers: rest };
    case SOCKET.text:
    case SOCKET.binary:
      return { what: 'message', isText: what === SOCKET.text };
    case SOCKET.close: {
      const code = Number(rest[0]);
      return { what: 'close', code: code === NO_CODE ? undefined : code, reason: rest.slice(1).join(' ') };
    }
  }
  throw new Error(`no word about a WebSocket: ${JSON.stringify(head.slice(0, 60))}`);
}

export const encodeSocketMessage = (id: number, isText: boolean, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.of(INTERRUPT.socketMessage, ...leb128(id), isText ? 1 : 0), bytes]);

export function encodeSocketClosed(
  id: number,
  code: number,
  wasClean: boolean,
  reason: Uint8Array,
): Uint8Array {
  const head = Uint8Array.of(INTERRUPT.socketClosed, ...leb128(id), ...leb128(code), wasClean ? 1 : 0);
  // The kernel reads it as one text; a NUL would end that.
  return Buffer.concat([head, reason.filter((byte) => byte !== 0)]);
}
