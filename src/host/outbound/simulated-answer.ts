/** What a simulation answers to outbound calls, for it has no network: servers that are allowed say 200 and nothing else, the others are refused as in reality. */
import { AllowList } from './allow-list.ts';
import { decodeCall, encodeCallBody, encodeCallFailed, encodeCallHead } from './call-codec.ts';

const NOTHING = new Uint8Array(0);

/** The interrupts that follow upon an output about call `id`, in their order. */
export function simulatedAnswer(
  allowNet: readonly string[],
): (id: number, head: string) => readonly Uint8Array[] {
  const allowed = new AllowList(allowNet);
  return (id, head) => {
    const order = decodeCall(id, head, NOTHING);
    if (order.what !== 'request') return [];
    const { key, request } = order;
    const url = new URL(request.url);
    if (!allowed.allows(url)) return [encodeCallFailed(key, allowed.refusalOf(url))];
    const answer = { status: 200, statusText: 'OK', url: url.href, redirected: false, headers: [] };
    return [encodeCallHead(key, answer), encodeCallBody(key, NOTHING, true)];
  };
}
