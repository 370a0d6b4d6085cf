/**
 * What all remembered keys and sessions cost, and whether there is room for more. Nothing is forgotten
 * to make room: whoever comes when it is full is told when there will be some. Keys and sessions share
 * the room; neither may take all of it.
 */
import { countRefusedForRoom, replyMaximumBytes, setKept } from './host.ts';
import { limits } from './limits.ts';

export type RoomKind = 'keys' | 'sessions';

let keyBytes = 0;
let sessionBytes = 0;
let keys = 0;
let sessions = 0;

/** Whether `bytes` more fit in for this kind. */
export function hasRoom(kind: RoomKind, bytes: number): boolean {
  const most = replyMaximumBytes();
  const used = kind === 'keys' ? keyBytes : sessionBytes;
  const fitsShare = used + bytes <= (most * limits.replySharePercent) / 100;
  return fitsShare && keyBytes + sessionBytes + bytes <= most;
}

/**
 * `count` more of this kind, with so many more bytes; both may be
 * negative. Called inside a section (host.ts).
 */
export function account(kind: RoomKind, count: number, bytes: number): void {
  if (kind === 'keys') {
    keys += count;
    keyBytes += bytes;
  } else {
    sessions += count;
    sessionBytes += bytes;
  }
  setKept(keys, sessions, keyBytes + sessionBytes);
}

export const countRefused = countRefusedForRoom;
