/**
 * What a response may weigh. The machine must not be lost to a reply that no host can pass on: the client
 * gets a 500, the guest's author the mend.
 */
import { outputBytes, outputConsole } from './host.ts';
import { limits } from './limits.ts';
import { arrayBufferByteLength, stringSlice } from './primordials.ts';
import type { RequestState } from './request.ts';

/** Of a request's target, in a line on stderr. In characters. */
const TARGET_SHOWN = 200;

/** Whether a whole response may leave. */
export function replyFits(asked: RequestState, head: string, body: string | ArrayBuffer): boolean {
  const most = limits.responseBytes;
  const bytes = outputBytes(head, body, typeof body === 'string' ? 0 : arrayBufferByteLength(body), most);
  if (bytes <= most) return true;
  const excess = `${bytes} bytes, head and body; ${most} is the most that leaves the machine`;
  return tellTooLarge(asked, excess, 'Answer with a ReadableStream');
}

/** Whether a head may leave that is followed by a body in parts, or that opens a WebSocket. */
export function headFits(asked: RequestState, head: string): boolean {
  const bytes = outputBytes(head, '', 0, limits.headBytes);
  if (bytes <= limits.headBytes) return true;
  const excess = `${bytes} bytes in its head; ${limits.headBytes} is the most before a stream or a WebSocket`;
  return tellTooLarge(asked, excess, 'Put into the body what is large');
}

function tellTooLarge({ method, head }: RequestState, excess: string, mend: string): false {
  const target = stringSlice(head?.[1] ?? '', 0, TARGET_SHOWN);
  outputConsole(
    2,
    `tandem: the response to ${method} ${target} has ${excess}, so the client gets a 500. ${mend}`,
  );
  return false;
}
