/** From a seed to a plan: settings, faults and what clients will ask. */
import { Prng } from '../base/prng.ts';
import { drawFaults } from './faults.ts';
import type { PlannedRequest, ScriptedRequest } from './guest/guest.ts';
import type { Listeners } from './listeners.ts';
import type { Plan } from './plan.ts';
import { drawSessions } from './session-plans.ts';
import type { Settings } from './settings.ts';

/** Streams of a seed, so that a change of one draw leaves the others as they are. */
const STREAM = { settings: 1, faults: 2, requests: 3, sessions: 4, listeners: 5 } as const;

const KIB = 1024;
const CLIENTS_AT_MOST = 5;
const REQUESTS_AT_MOST = 40;
const ACCOUNTS = ['ada', 'bob', 'cy'] as const;
const VERBS = ['add', 'add', 'add', 'read', 'read', 'print', 'work', 'later', 'spin'] as const;

export type DrawRequest = (
  prng: Prng,
  number: number,
) => Pick<PlannedRequest, 'keyed' | 'retried' | 'session' | 'what'>;

/** What clients do with a guest; it knows the guest. */
export interface Workload {
  readonly drawRequest: DrawRequest;
  /** Null: nobody listens for long. */
  readonly drawListeners: ((prng: Prng, settings: Settings) => Listeners) | null;
}

/** The plan of a seed. */
export function drawPlan(seed: number, workload: Workload = SCRIPTED): Plan {
  const settings = drawSettings(new Prng(seed, STREAM.settings));
  const faults = drawFaults(new Prng(seed, STREAM.faults), settings);
  const requests = drawRequests(new Prng(seed, STREAM.requests), settings, workload.drawRequest);
  const listeners = workload.drawListeners?.(new Prng(seed, STREAM.listeners), settings) ?? {};
  return drawSessions(new Prng(seed, STREAM.sessions), { seed, settings, faults, requests, ...listeners });
}

function drawSettings(prng: Prng): Settings {
  const suspectAfterMs = prng.pick([100, 200, 500]);
  const isTight = prng.chance(0.25);
  return {
    supervised: prng.chance(0.6),
    awaitBackup: prng.chance(0.3),
    tickMs: 10,
    heartbeatMs: suspectAfterMs / prng.pick([4, 10]),
    suspectAfterMs,
    arbiterAnswerMs: prng.pick([200, 600, 2_000]),
    arbiterRetryMaximumMs: prng.pick([100, 400]),
    logBufferBytes: isTight ? 512 : 256 * KIB,
    heldOutputBytes: isTight ? 128 : 256 * KIB,
    lagBoundMs: prng.pick([50, 1_000]),
    lagBoundBytes: isTight ? 512 : 256 * KIB,
    latencyMs: prng.pick([0.05, 0.5, 3]),
    jitterMs: prng.pick([0, 0.3, 8]),
    bootMs: prng.pick([5, 60]),
    replaceAfterMs: prng.pick([10, 100]),
    turnLimitMs: 60,
    turnMs: prng.pick([0.02, 0.5, 3]),
    pollMs: 0.7,
    consoleMs: prng.pick([0.3, 30]),
    clientTimeoutMs: 3 * suspectAfterMs,
    mayLoseAll: prng.chance(0.15),
    safetyMs: suspectAfterMs * prng.pick([6, 12]),
    spares: prng.pick([0, 0, 1, 2]),
  };
}

function drawRequests(prng: Prng, { safetyMs }: Settings, draw: DrawRequest): readonly PlannedRequest[] {
  const clients = prng.between(1, CLIENTS_AT_MOST);
  const count = prng.between(4, REQUESTS_AT_MOST);
  return Array.from({ length: count }, (_, index) => ({
    tag: `r${index + 1}`,
    client: prng.between(1, clients),
    atMs: Math.round(safetyMs * (index + prng.unit())) / count,
    ...draw(prng, index),
  }));
}

const SCRIPTED: Workload = {
  drawRequest: (prng) => ({ keyed: prng.chance(0.7), what: drawScriptedRequest(prng) }),
  drawListeners: null,
};

function drawScriptedRequest(prng: Prng): ScriptedRequest {
  const verb = prng.pick(VERBS);
  const size = verb === 'work' ? prng.between(2, 90) : prng.between(1, 300);
  return { verb, account: prng.pick(ACCOUNTS), amount: prng.between(1, 99), size };
}
