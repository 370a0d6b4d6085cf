/**
 * What the host calls: one interrupt, one turn. No exception leaves these functions,
 * except that memory or stack have run out.
 */
import { CONTROL, INTERRUPT } from './abi.ts';
import { forgetRandomPool } from './crypto.ts';
import {
  abandon,
  abandonAll,
  abandonFormer,
  acceptBody,
  acceptDrained,
  acceptRequest,
  forgetBrought,
  recoverExchanges,
  refuseArriving,
} from './exchanges.ts';
import { acceptCallBody, acceptCallFailure, acceptCallHead } from './fetch.ts';
import { controlBuffer, controlBytes, leave, mailboxLength } from './host.ts';
import { beginGeneration, settleLostCalls } from './outbound-calls.ts';
import { startClock } from './performance.ts';
import { arrayBufferByteLength } from './primordials.ts';
import { expectEnd } from './program.ts';
import { tellLostSockets } from './socket-state.ts';
import { endStoppedStreams } from './stream-kit.ts';
import { recoverTimers, runDueTimer } from './timers.ts';
import { dropSocket, loseSockets } from './websocket.ts';
import { acceptSocketClose, acceptSocketMessage } from './websocket-input.ts';
import { type Cursor, readNumber } from './wire.ts';

/** An interrupt lies in the mailbox, or in `large`. */
export function deliver(large: ArrayBuffer | undefined): void {
  // A turn begins unmasked, also when memory ran out in the middle of the last one.
  leave(0);
  const buffer = large ?? controlBuffer;
  const start = large === undefined ? CONTROL.mailbox : 0;
  const bytes = large === undefined ? controlBytes : new Uint8Array(large);
  const end = start + (large === undefined ? mailboxLength() : arrayBufferByteLength(large));
  expectEnd();
  dispatch(bytes[start] as number, { bytes, at: start + 1 }, buffer, end);
}

function dispatch(kind: number, cursor: Cursor, buffer: ArrayBuffer, end: number): void {
  if (kind !== INTERRUPT.recover) forgetBrought();
  switch (kind) {
    case INTERRUPT.request:
      acceptRequest(buffer, cursor, end, false);
      return;
    case INTERRUPT.openRequest:
      acceptRequest(buffer, cursor, end, true);
      return;
    case INTERRUPT.bodyChunk:
      acceptBody(buffer, cursor, end);
      return;
    case INTERRUPT.drained:
      acceptDrained(cursor);
      return;
    case INTERRUPT.overrun:
      acceptOverrun(readNumber(cursor));
      return;
    case INTERRUPT.alarm:
      runDueTimer();
      return;
    case INTERRUPT.abort:
      abandon(readNumber(cursor));
      return;
    case INTERRUPT.formerClientsGone:
      abandonFormer(cursor);
      return;
    case INTERRUPT.start:
      startClock(cursor);
      return;
    case INTERRUPT.live:
      forgetRandomPool();
      beginGeneration(readNumber(cursor));
      loseSockets();
      abandonAll();
      tellLostSockets();
      settleLostCalls();
      return;
    case INTERRUPT.callsLost:
      beginGeneration(readNumber(cursor));
      settleLostCalls();
      return;
    case INTERRUPT.socketMessage:
      acceptSocketMessage(buffer, cursor, end);
      return;
    case INTERRUPT.socketClosed:
      acceptSocketClose(buffer, cursor, end);
      return;
    case INTERRUPT.callHead:
      acceptCallHead(buffer, cursor);
      return;
    case INTERRUPT.callBody:
      acceptCallBody(buffer, cursor, end);
      return;
    case INTERRUPT.callFailed:
      acceptCallFailure(buffer, cursor, end);
      return;
    case INTERRUPT.recover:
      recoverExchanges();
      endStoppedStreams();
      recoverTimers();
      tellLostSockets();
      settleLostCalls();
      return;
    default:
      throw new TypeError(`an interrupt of unknown kind ${kind}`);
  }
}

/** A request, or a message to the socket that it became. */
function acceptOverrun(id: number): void {
  if (!dropSocket(id)) refuseArriving(id);
}
