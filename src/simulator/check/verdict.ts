/**
 * The verdict at the end of a run. The oracle is one machine that never failed: it is given the log of
 * whoever is live in the end, and must come to the same memory and have said every word that ever left (I3,
 * I4). Clients must have seen one account book, as if nothing had happened (I5).
 */
import { invariant } from '../../base/assert.ts';
import type { Output } from '../../machine/traps.ts';
import type { SessionSink } from '../../session/ports.ts';
import { decodeEntries } from '../../wire/entries.ts';
import type { Guest, GuestOutput, Life } from '../guest/guest.ts';
import { LogQueue } from '../guest/log-source.ts';
import type { VirtualHost } from '../world/host.ts';
import type { History } from './history.ts';
import { checkLinearizability, type TimedOperation } from './linearizability.ts';

export interface Evidence {
  readonly guest: Guest;
  readonly history: History;
  /** Whom the arbiter named last. */
  readonly owner: VirtualHost;
  readonly isLost: boolean;
  /** The last primary died with the machine: lines that it had not got out are lost with it. */
  readonly isCutShort: boolean;
  /** What the console showed. */
  readonly lines: readonly GuestOutput[];
  readonly operations: readonly TimedOperation[];
}

interface Said {
  readonly kind: string;
  readonly position: number;
  readonly subject: number;
  readonly text: string;
}

export function judgeHistory(evidence: Evidence): void {
  const { history, owner, guest, isLost, operations } = evidence;
  const oracle = replay(guest, history.logOf(owner.core.head.chain));
  for (const [ordinal, { position, subject, text }] of history.outputs) {
    const said = oracle.outputs.get(ordinal);
    const same = said?.text === text && said.position === position && said.subject === subject;
    invariant(
      'I4',
      same,
      `output ${ordinal} was "${text}" at ${position}; the log says ${JSON.stringify(said)}`,
    );
  }
  if (!isLost) {
    compareStates(oracle.life, owner);
    checkConsole(evidence, oracle.outputs);
  }
  const broken = checkLinearizability(operations);
  invariant(
    'I5',
    broken === null,
    `no order explains account ${broken?.partition}:${describe(broken?.operations)}`,
  );
}

function compareStates(oracle: Life, owner: VirtualHost): void {
  const { life } = owner.vcpu;
  if (life === null || life.position !== owner.core.head.position) return;
  invariant(
    'I3',
    oracle.position === life.position,
    `the log ends at ${oracle.position}, the machine at ${life.position}`,
  );
  const [expected, actual] = [oracle.stateHash(), life.stateHash()];
  invariant(
    'I3',
    expected === actual,
    `the state after ${life.position} is ${actual}, of an unfailed machine ${expected}`,
  );
}

/** No line lost, none twice, all in order. */
function checkConsole({ lines, history, isCutShort }: Evidence, outputs: ReadonlyMap<number, Said>): void {
  const last = Math.max(0, ...history.outputs.keys());
  const expected = [...outputs].filter(([ordinal, { kind }]) => kind === 'console' && ordinal <= last);
  const shown = lines.map(({ text }) => text).join('\n');
  const told = isCutShort ? expected.slice(0, lines.length) : expected;
  const said = told.map(([, { text }]) => text).join('\n');
  invariant(
    'I4',
    shown === said,
    `the console shows ${lines.length} lines, the guest has said ${expected.length}`,
  );
}

/** To a microsecond. */
const rounded = (ms: number): number => Math.round(ms * 1_000) / 1_000;

const describe = (operations: readonly TimedOperation[] = []): string =>
  operations
    .map(({ name, calledMs, returnedMs }) => `\n    ${rounded(calledMs)}..${rounded(returnedMs)} ${name}`)
    .join('');

/** One machine that executes the log from its first entry. */
function replay(
  guest: Guest,
  log: readonly Uint8Array[],
): { readonly life: Life; readonly outputs: Map<number, Said> } {
  const source = new LogQueue();
  const outputs = new Map<number, Said>();
  const sink: SessionSink = {
    recorded: () => {},
    output: (position, output) => outputs.set(output.ordinal, { ...copyOf(output), position }),
    replayed: () => {},
    stopped: () => {},
    hashChecked: () => {},
    hashWanted: () => false,
    yieldPoint: () => {},
  };
  const world = { monotonicMs: () => 0, wallMs: () => 0, entropy: () => {} };
  const policy = { hashEveryMs: 0, hashEveryPolls: 0, markEveryMs: 0, turnLimitMs: 0 };
  const life = guest.follow({ world, sink, policy }, null, source, () => {});
  for (const bytes of log) {
    const entries = decodeEntries(bytes);
    invariant('I7', entries.ok, 'a log that does not decode');
    source.feed(entries.value);
  }
  const thread = life.replay();
  for (let next = thread.next(); next.done !== true && next.value.kind !== 'entries'; next = thread.next());
  return { life, outputs };
}

function copyOf({ kind, subject, head, body }: Output): Omit<Said, 'position'> {
  const words = Buffer.from(head).toString();
  const content = Buffer.from(body).toString();
  // As the worlds' machines tell it (world/vcpu.ts): a chunk has no head.
  const text = kind === 'chunk' ? content : body.length === 0 ? words : `${words}\n\n${content}`;
  return { kind, subject, text };
}
