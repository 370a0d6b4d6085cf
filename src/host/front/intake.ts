/**
 * Where requests go (FT §3.3). While roles change they wait; then they enter this host's machine after all,
 * or the clients that are still connected here are answered by the host that is live now.
 */
import { limits } from '../../base/limits.ts';
import type { Connection, HttpExchange } from './exchange.ts';
import { type Refusal, refusals } from './refusals.ts';
import { type RelayTarget, relay } from './relay.ts';
import type { BodyBudget } from './request-body.ts';
import { isWellFormed } from './request-codec.ts';

export interface KeptRequest {
  readonly exchange: HttpExchange;
  readonly body: Uint8Array;
}

/**
 * Requests that wait until roles have changed: in order on each connection, and their bodies within the bound
 * of all that come in (I10).
 */
export class KeptRequests {
  readonly #budget: BodyBudget;
  readonly #waiting = new Map<Connection, KeptRequest[]>();
  #count = 0;

  constructor(budget: BodyBudget) {
    this.#budget = budget;
  }

  /** False when there is no room for it. */
  keep(request: KeptRequest): boolean {
    if (this.#count >= limits.openRequests || !this.#budget.take(request.body.length)) return false;
    const { connection } = request.exchange;
    const before = this.#waiting.get(connection);
    if (before === undefined) this.#waiting.set(connection, [request]);
    else before.push(request);
    this.#count += 1;
    return true;
  }

  /** The connection has ended. */
  forget(connection: Connection): void {
    for (const { body } of this.#waiting.get(connection) ?? []) {
      this.#budget.giveBack(body.length);
      this.#count -= 1;
    }
    this.#waiting.delete(connection);
  }

  /** They wait no longer. */
  *takeOut(): Iterable<KeptRequest> {
    for (const [connection, requests] of this.#waiting) {
      this.forget(connection);
      yield* requests;
    }
  }
}

export type Intake =
  | { readonly kind: 'deliver' }
  | { readonly kind: 'keep'; readonly kept: KeptRequests }
  | { readonly kind: 'relay'; readonly target: RelayTarget };

/** A whole request that is not for this host's machine, or not yet; what it is refused with, if it is. */
export function putAside(
  intake: Exclude<Intake, { kind: 'deliver' }>,
  { exchange, body }: KeptRequest,
  budget: BodyBudget,
): Refusal | undefined {
  const { connection, request, response } = exchange;
  const { method = '', url: target = '', rawHeaders } = request;
  if (!isWellFormed({ method, target, rawHeaders })) return refusals.malformed;
  if (intake.kind === 'keep') {
    if (!intake.kept.keep({ exchange, body })) return refusals.queueFull;
  } else if (exchange.handshake !== undefined) connection.socket.destroy();
  else if (!connection.isEnding) {
    if (!budget.take(body.length)) return refusals.queueFull;
    connection.socket.once('close', () => budget.giveBack(body.length));
    // The answer ends the connection: what its client has sent behind this request, it sends again.
    connection.isEnding = true;
    relay(request, body, response, intake.target);
  }
  return undefined;
}
