/** What a host says about a client's WebSocket (abi.ts). */
import { HYPERCALL } from './abi.ts';
import { hypercall, requireResult } from './host.ts';
import { arrayBufferSlice } from './primordials.ts';
import { decodeUtf8 } from './utf8.ts';
import { messageArrived, socketClosed } from './websocket.ts';
import { type Cursor, readNumber } from './wire.ts';

export function acceptSocketMessage(buffer: ArrayBuffer, cursor: Cursor, end: number): void {
  const id = readNumber(cursor);
  const isText = readNumber(cursor) === 1;
  const { at } = cursor;
  // A text may have NUL in it.
  messageArrived(id, isText ? decodeUtf8(buffer, at, end - at) : arrayBufferSlice(buffer, at, end));
}

export function acceptSocketClose(buffer: ArrayBuffer, cursor: Cursor, end: number): void {
  const id = readNumber(cursor);
  const code = readNumber(cursor);
  const wasClean = readNumber(cursor) === 1;
  const { at } = cursor;
  const reason = at < end ? requireResult<string>(hypercall(HYPERCALL.utf8Decode, buffer, at, end - at)) : '';
  socketClosed(id, code, reason, wasClean);
}
