/**
 * Requests that came in and have no response yet, and the one way out for a response. One that was sent
 * cannot be sent again, whatever the guest does.
 */
import type { Exchange } from './exchange.ts';
import { enter, leave, outputResponse, setOpenRequests } from './host.ts';
import { closeBody } from './incoming-body.ts';
import { arrayBufferByteLength, bareArray, SafeMap } from './primordials.ts';

const open = new SafeMap<number, Exchange>();

export function openExchange(exchange: Exchange): void {
  const before = enter();
  try {
    open.set(exchange.id, exchange);
    setOpenRequests(open.size);
  } finally {
    leave(before);
  }
}

export const openExchangeOf = (id: number): Exchange | undefined => open.get(id);

export function allOpenExchanges(): Exchange[] {
  const all = bareArray<Exchange>();
  open.forEach((exchange) => {
    all[all.length] = exchange;
  });
  return all;
}

/** Its client is gone, or its response leaves now: whether it was open. Called inside a section (host.ts). */
export function closeExchange(id: number): boolean {
  const wasOpen = open.delete(id);
  setOpenRequests(open.size);
  return wasOpen;
}

/**
 * Sends, unless the request was answered or its client is gone. Throws when there is no memory for it: the
 * request is open then as before, so that somebody else answers it.
 */
export function deliverReply(id: number, head: string, body: string | ArrayBuffer): void {
  const before = enter();
  try {
    outputReply(id, head, body);
  } finally {
    leave(before);
  }
  closeBody(id);
}

/**
 * As `deliverReply`, inside a section. A response for which there is no memory leaves its request open: there
 * is some for the one that says so.
 */
export function outputReply(id: number, head: string, body: string | ArrayBuffer): void {
  if (open.get(id) === undefined) return;
  outputResponse(id, head, body, typeof body === 'string' ? 0 : arrayBufferByteLength(body));
  closeExchange(id);
}

/** The head of an answer that the kernel gives in the handler's place. */
export const refusalHead = (status: number): string => `${status}\ncontent-type\ntext/plain;charset=UTF-8`;

export const refusalBody = (text: string): string => `${text}\n`;
