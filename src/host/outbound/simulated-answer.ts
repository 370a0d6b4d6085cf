/**
 * What a simulation answers to outbound calls, for it has no network: servers that are allowed say 200 and
 * nothing else, the others are refused as in reality.
 */
import { AllowList } from './allow-list.ts';
import { decodeCall, encodeCallBody, encodeCallFailed, encodeCallHead } from './call-codec.ts';
import { outgoing } from './outgoing.ts';

const NOTHING = new Uint8Array(0);

export interface SimulatedAnswer {
  readonly interrupts: readonly Uint8Array[];
  /** Host and port, as --allow-net names them, of a server that is not allowed. */
  readonly refused: string | null;
}

/** What follows upon an output about call `id`: interrupts, in their order. */
export function simulatedAnswer(allowNet: readonly string[]): (id: number, head: string) => SimulatedAnswer {
  const allowed = new AllowList(allowNet);
  return (id, head) => {
    const order = decodeCall(id, head, NOTHING);
    if (order.what !== 'request') return { interrupts: [], refused: null };
    const { key, request } = order;
    const out = outgoing(request);
    if (typeof out === 'string') return { interrupts: [encodeCallFailed(key, out)], refused: null };
    const { url } = out;
    if (!allowed.allows(url))
      return { interrupts: [encodeCallFailed(key, allowed.refuse(url))], refused: url.host };
    const answer = { status: 200, statusText: 'OK', url: url.href, redirected: false, headers: [] };
    const interrupts = [encodeCallHead(key, answer), encodeCallBody(key, NOTHING, true)];
    return { interrupts, refused: null };
  };
}
