/**
 * Runs of requests that may be asked for again: a handler runs once, and its reply goes to whoever waits
 * for it by then. A reply of 5xx is kept like any other, also the one after a kill: the run did happen, and
 * a second one might do its work twice.
 */
import type { Exchange, PackedReply, ReplyEntry } from './exchange.ts';
import { enter, leave } from './host.ts';
import { closeBody } from './incoming-body.ts';
import { packNothing, packReply, sizeOfReply, unpackReply } from './kept-reply.ts';
import { limits } from './limits.ts';
import { deliverReply, outputReply } from './open-requests.ts';
import { SafeSet } from './primordials.ts';
import { problemBody, problemHead } from './problem.ts';
import { hasRoom } from './reply-room.ts';

/** Requests whose handlers run and whose own clients are gone. */
const orphans = new SafeSet<Exchange>();

/** The run is over: keeps its reply, and sends it to whoever waits. The first reply is the only one. */
export function settleReply(entry: ReplyEntry, head: string, body: string | ArrayBuffer): void {
  if (entry.run === undefined) return;
  const packed = packForKeeping(entry, head, body);
  const marked = head + entry.mark;
  const { owner, run } = entry;
  const before = enter();
  try {
    // First, since only this can fail: then another reply is the one that is kept.
    if (owner !== undefined) outputReply(owner.id, marked, body);
    entry.keep(packed);
    entry.run = undefined;
    entry.owner = undefined;
    orphans.delete(run);
  } finally {
    leave(before);
  }
  if (owner !== undefined) closeBody(owner.id);
}

/** A reply for which there is no room leaves a mark in its place. */
function packForKeeping(entry: ReplyEntry, head: string, body: string | ArrayBuffer): PackedReply {
  const { fingerprint, expiresS, kind } = entry;
  try {
    const packed = packReply(fingerprint, expiresS, head, body);
    if (hasRoom(kind, sizeOfReply(packed) - limits.replyReservedBytes)) return packed;
  } catch {
    // The machine's memory is full.
  }
  return packNothing(fingerprint, expiresS);
}

/** Answers a retry from what was kept. */
export function deliverKept(exchange: Exchange, packed: PackedReply, mark = ''): void {
  const done = unpackReply(packed, (head, body) => {
    deliverReply(exchange.id, head + mark, body);
    return true;
  });
  if (done === true) return;
  deliverReply(exchange.id, problemHead('reply-not-kept'), problemBody('reply-not-kept'));
}

/** `exchange` waits for the reply from now on. */
export function waitFor(exchange: Exchange, entry: ReplyEntry): void {
  const before = enter();
  try {
    exchange.entry = entry;
    entry.owner = exchange;
  } finally {
    leave(before);
  }
}

/**
 * The connection of `exchange` waits for the reply no longer; the run goes
 * on. Called inside a section (host.ts).
 */
export function releaseEntry(entry: ReplyEntry, exchange: Exchange): void {
  if (entry.owner === exchange) entry.owner = undefined;
  if (entry.run === exchange) orphans.add(exchange);
}

export function forEachOrphan(each: (run: Exchange) => void): void {
  orphans.forEach(each);
}
