/**
 * Where requests go (FT §3.3). While roles change they wait; then they enter this host's machine after all,
 * or the clients that are still connected here are answered by the host that is live now.
 */
import { limits } from '../../base/limits.ts';
import type { HttpExchange } from './exchange.ts';
import { type Refusal, refusals } from './refusals.ts';
import { type RelayTarget, relay } from './relay.ts';
import { isWellFormed } from './request-codec.ts';

export interface KeptRequest {
  readonly exchange: HttpExchange;
  readonly body: Uint8Array;
}

export type Intake =
  | { readonly kind: 'deliver' }
  | { readonly kind: 'keep'; readonly kept: KeptRequest[] }
  | { readonly kind: 'relay'; readonly target: RelayTarget };

/** A whole request that is not for this host's machine, or not yet; what it is refused with, if it is. */
export function putAside(
  intake: Exclude<Intake, { kind: 'deliver' }>,
  { exchange, body }: KeptRequest,
): Refusal | undefined {
  const { connection, request, response } = exchange;
  const { method = '', url: target = '', rawHeaders } = request;
  if (!isWellFormed({ method, target, rawHeaders })) return refusals.malformed;
  if (intake.kind === 'keep') {
    if (intake.kept.length >= limits.openRequests) return refusals.queueFull;
    intake.kept.push({ exchange, body });
  } else if (exchange.handshake !== undefined) connection.socket.destroy();
  else if (!connection.isEnding) {
    // The answer ends the connection: what its client has sent behind this request, it sends again.
    connection.isEnding = true;
    relay(request, body, response, intake.target);
  }
  return undefined;
}
