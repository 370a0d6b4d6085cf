/**
 * Clients that listen for long, as a plan has them: over a WebSocket that outlives its connections, and as
 * readers of an event stream. What they say, and when they lose a connection, is drawn beforehand; what they
 * hear carries a number, by which each of them can tell whether anything is missing.
 */
import type { Prng } from '../base/prng.ts';
import type { Settings } from './settings.ts';

/**
 * How a connection is lost. reset: both ends learn of it. half: only the client does, and what it has said
 * still arrives. hole: nothing arrives from now on, and nobody learns why. late: half, but what is said
 * arrives so late that the client has another connection by then.
 */
export type Loss = { readonly atMs: number; readonly how: 'reset' | 'half' | 'hole' | 'late' };

export interface PlannedListener {
  readonly name: string;
  readonly target: string;
  readonly atMs: number;
  readonly losses: readonly Loss[];
  /** Field of the JSON of what is heard: a number that counts up by one. */
  readonly order: string;
}

export interface PlannedReader extends PlannedListener {
  /** Events may be dropped that are told as dropped. */
  readonly mayGap: boolean;
}

export interface PlannedSocket extends PlannedListener {
  readonly says: readonly SocketMessage[];
  /** Field of the JSON of what is heard: whose message it is, by its id. */
  readonly echo: string;
  /**
   * Field of the first message alone, with which the program greets whoever opens a
   * WebSocket; null when it greets nobody.
   */
  readonly welcome: string | null;
}

export interface SocketMessage {
  readonly id: string;
  readonly text: string;
  readonly isBinary: boolean;
  readonly atMs: number;
}

/** Absent: there are none. */
export interface Listeners {
  readonly sockets?: readonly PlannedSocket[];
  readonly readers?: readonly PlannedReader[];
}

/** As a workload has them. */
export interface SocketTemplate {
  readonly target: string;
  /** `{message}` stands for a message's id. */
  readonly say: string;
  readonly order: string;
  readonly echo: string;
  readonly welcome: string | null;
  readonly isBinaryToo: boolean;
}

export interface ReaderTemplate {
  readonly target: string;
  readonly order: string;
  readonly mayGap: boolean;
}

const LISTENERS_AT_MOST = 3;
const MESSAGES_AT_MOST = 10;
const LOSSES_AT_MOST = 4;
const SPEAKS_ON = 0.4;
/** So long after the one before it, when it follows at once. */
const NEXT_WORD_MS = 2;
/** Connections that are lost just when something is said. */
const NEAR_A_WORD = 0.5;
const NEAR_MS = 8;
const BINARY_SHARE = 0.3;
const AMOUNT_AT_MOST = 99;

/** Nothing for a workload that has neither. */
export function drawListeners(
  prng: Prng,
  settings: Settings,
  sockets: readonly SocketTemplate[],
  readers: readonly ReaderTemplate[],
): Listeners {
  const many = <T, P>(templates: readonly T[], draw: (template: T, number: number) => P): readonly P[] =>
    templates.flatMap((template) =>
      Array.from({ length: prng.between(1, LISTENERS_AT_MOST) }, (_, index) => draw(template, index + 1)),
    );
  return {
    ...(sockets.length === 0
      ? {}
      : { sockets: many(sockets, (template, number) => drawSocket(prng, settings, template, number)) }),
    ...(readers.length === 0
      ? {}
      : { readers: many(readers, (template, number) => drawReader(prng, settings, template, number)) }),
  };
}

function drawReader(
  prng: Prng,
  settings: Settings,
  { target, order, mayGap }: ReaderTemplate,
  number: number,
): PlannedReader {
  const [atMs, losses] = drawTimes(prng, settings);
  return { name: `reader ${number}`, target, atMs, losses, order, mayGap };
}

function drawSocket(prng: Prng, settings: Settings, template: SocketTemplate, number: number): PlannedSocket {
  const { target, order, echo, welcome } = template;
  const [atMs, losses] = drawTimes(prng, settings);
  let saidMs = atMs;
  const says = Array.from({ length: prng.between(1, MESSAGES_AT_MOST) }, (_, index) => {
    const id = `s${number}.${index + 1}`;
    const text = template.say
      .replaceAll('{message}', id)
      .replaceAll('{user}', `user-${number}`)
      .replaceAll('{amount}', String(prng.between(1, AMOUNT_AT_MOST)));
    saidMs += prng.chance(SPEAKS_ON) ? NEXT_WORD_MS : (prng.unit() * settings.safetyMs) / MESSAGES_AT_MOST;
    const isBinary = template.isBinaryToo && prng.chance(BINARY_SHARE);
    return { id, text, isBinary, atMs: Math.round(saidMs) };
  });
  const near = losses.map((loss) => {
    const said = prng.chance(NEAR_A_WORD) ? prng.pick(says) : undefined;
    return said === undefined
      ? loss
      : { ...loss, atMs: Math.max(0, said.atMs + prng.between(-NEAR_MS, NEAR_MS)) };
  });
  return { name: `socket ${number}`, target, atMs, losses: near, order, echo, welcome, says };
}

/** Some lose a connection as soon as they have it. */
function drawTimes(prng: Prng, { safetyMs, latencyMs }: Settings): [number, Loss[]] {
  const atMs = Math.round((prng.unit() * safetyMs) / 2);
  const losses = Array.from({ length: prng.between(0, LOSSES_AT_MOST) }, () => ({
    atMs: Math.round(prng.chance(0.2) ? atMs + 6 * latencyMs * prng.unit() : prng.unit() * safetyMs),
    how: prng.pick(['reset', 'half', 'hole', 'late']),
  }));
  return [atMs, losses];
}
