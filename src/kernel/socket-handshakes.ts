/**
 * Handshakes to which the guest has not said anything yet, of clients that have named the WebSocket they
 * want. Such a client asks again on another connection when it has heard nothing; then the answer goes
 * there, and the guest, which may wait for something itself, is not asked a second time. One that is
 * answered is in socket-resume.ts, by the same name.
 */
import type { Exchange } from './exchange.ts';
import { enter, leave } from './host.ts';
import { closeBody } from './incoming-body.ts';
import { limits } from './limits.ts';
import { closeExchange, deliverReply, openExchange } from './open-requests.ts';
import { SafeMap } from './primordials.ts';
import { problemBody, problemHead } from './problem.ts';
import { type LaneAsked, refuseLane } from './socket-resume.ts';
import { startTimer, stopTimer } from './timers.ts';

interface Handshake {
  readonly exchange: Exchange;
  /** Ends the wait for a client that is away. */
  timer: number;
}

/** Id of an exchange whose client is away; no request has it. */
const AWAY = 0;
const underWay = new SafeMap<string, Handshake>();
let away = 0;

/**
 * Whether the guest is at this very handshake: then its answer goes to the connection of `exchange`, which is
 * no exchange of its own any more. Called inside a section (host.ts).
 */
export function joinHandshake(exchange: Exchange, { name, origin }: LaneAsked): boolean {
  if (name === undefined) return false;
  const { id } = exchange;
  const handshake = underWay.get(name);
  if (handshake === undefined) {
    underWay.set(name, { exchange, timer: 0 });
    return false;
  }
  const first = handshake.exchange;
  if (first.lane?.origin !== origin) {
    closeExchange(id);
    refuseLane(id);
    return true;
  }
  if (first.id === AWAY) returned(handshake);
  else deliverReply(first.id, problemHead('superseded'), problemBody('superseded'));
  closeBody(id);
  first.id = id;
  openExchange(first);
  return true;
}

/**
 * The connection of `exchange` is gone: whether that is a handshake whose client may come back. If it does
 * not, `giveUp` is called. Called inside a section.
 */
export function awaitsClient(exchange: Exchange, giveUp: () => void): boolean {
  const handshake = handshakeOf(exchange);
  if (handshake === undefined) return false;
  if (away < limits.handshakesAway) {
    try {
      handshake.timer = startTimer(giveUp, limits.socketAwayMs, [], false, false);
      away += 1;
      closeExchange(exchange.id);
      exchange.id = AWAY;
      return true;
    } catch {
      // No memory for the timer.
    }
  }
  underWay.delete(exchange.lane?.name as string);
  return false;
}

/** It is answered, or nobody waits for that any more: whether that was a handshake whose client is away. */
export function handshakeOver(exchange: Exchange): boolean {
  const handshake = handshakeOf(exchange);
  if (handshake === undefined) return false;
  const before = enter();
  try {
    underWay.delete(exchange.lane?.name as string);
    const isAway = exchange.id === AWAY;
    if (isAway) returned(handshake);
    return isAway;
  } finally {
    leave(before);
  }
}

/** After a kill: those that are no open exchanges now. */
export function forEachAway(each: (exchange: Exchange) => void): void {
  underWay.forEach(({ exchange }) => {
    if (exchange.id === AWAY) each(exchange);
  });
}

function handshakeOf(exchange: Exchange): Handshake | undefined {
  const name = exchange.lane?.name;
  if (name === undefined) return undefined;
  const handshake = underWay.get(name);
  return handshake?.exchange === exchange ? handshake : undefined;
}

function returned({ timer }: Handshake): void {
  stopTimer(timer);
  away -= 1;
}
