/** The scripted guest as the simulator's hosts run it. */
import { type Position, position as toPosition } from '../../base/brands.ts';
import { sha256 } from '../../base/digest.ts';
import { INTERRUPT } from '../../kernel/abi.ts';
import { restingAt } from '../../session/turn-state.ts';
import type { Operation } from '../check/linearizability.ts';
import type {
  Guest,
  Installation,
  LifeOptions,
  LogSource,
  PlannedRequest,
  ScriptedRequest,
} from './guest.ts';
import { pageHashesOf } from './pages.ts';
import { ScriptedLife } from './scripted-life.ts';
import { encodeScripted, SCRIPTED_PAGE_BYTES, ScriptedMachine } from './scripted-machine.ts';

export function scriptedGuest(pollMs: number): Guest {
  const booted = new ScriptedMachine(pollMs);
  const bootMemory = booted.memory();
  return {
    image: sha256('scripted guest'),
    pageBytes: SCRIPTED_PAGE_BYTES,
    bootHash: booted.stateHash(),
    bootMemory,
    bootPageHashes: pageHashesOf(bootMemory, SCRIPTED_PAGE_BYTES),
    sessions: null,
    record: (options) => new ScriptedLife(new ScriptedMachine(pollMs), options, null),
    follow: (options, from, source, wentLive) => follow(pollMs, options, from, source, wentLive),
    request: (id, request) => {
      const { tag, keyed } = request;
      const key = keyed ? tag : '';
      return encodeScripted(INTERRUPT.request, JSON.stringify({ id, key, tag, ...scripted(request) }));
    },
    drained: () => {
      throw new Error('the scripted guest answers whole');
    },
    abort: (id) => encodeScripted(INTERRUPT.abort, String(id)),
    answerCall: () => ({ interrupts: [], refused: null }),
    socketMessage: () => noSockets(),
    socketClosed: () => noSockets(),
    verdictOf: (request, reply) => {
      if (!reply.startsWith(`${request.tag}:`)) return 'foreign';
      return reply.endsWith(':busy') ? 'again' : 'done';
    },
    operationOf,
  };
}

function noSockets(): never {
  throw new Error('the scripted guest takes no WebSockets');
}

function follow(
  pollMs: number,
  options: LifeOptions,
  from: Installation | null,
  source: LogSource,
  wentLive: (at: Position) => void,
): ScriptedLife {
  const machine = from === null ? new ScriptedMachine(pollMs) : ScriptedMachine.from(from.memory, pollMs);
  const at = from?.position ?? toPosition(0);
  const state = restingAt(at, from?.guestMs ?? 0);
  return new ScriptedLife(machine, options, { source, state, wentLive });
}

function scripted(request: Pick<PlannedRequest, 'what' | 'tag'>): ScriptedRequest {
  if (!('verb' in request.what)) throw new Error(`no request for the scripted guest: ${request.tag}`);
  return request.what;
}

function operationOf(request: PlannedRequest, reply: string | null): Operation | null {
  const { verb, account, amount } = scripted(request);
  // Whoever was killed on the way has changed nothing.
  if (verb === 'spin' || reply?.endsWith(':killed') === true) return null;
  const result = reply === null ? null : Number(reply.slice(reply.lastIndexOf(':') + 1));
  return { partition: account, adds: verb === 'read' ? 0 : amount, result };
}
