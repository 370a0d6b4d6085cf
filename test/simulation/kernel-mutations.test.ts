/**
 * That the simulator sees bugs in what the kernel promises to clients, too: programs on the real machine,
 * with one rule of the built kernel broken at a time, as mutations.ts breaks one of the protocol; and with
 * one rule of the client library's WebSocket broken.
 */
import { expect, test } from 'vitest';
import { loadKernelSource } from '../../src/machine/kernel-source.ts';
import { drawPlan } from '../../src/simulator/draw.ts';
import { simulate } from '../../src/simulator/simulation.ts';
import { type Mutation, mutate } from './mutations.ts';
import { type Played, programWith } from './programs.ts';

/** A run on the real machine takes half a second. */
const SEEDS_AT_MOST = 40;
const isMeasured = process.env['TANDEM_VERBOSE'] !== undefined;
const BANK = '../../guest-programs/bank.js';
const FEED = '../../guest-programs/feed.js';
const INTERCOM = 'guests/intercom.js';

const LATE = 'place.number<=slot.number)return place.number<slot.number||slot.remembered===void 0?';

interface KernelMutation {
  readonly name: string;
  readonly program: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** Which it breaks, I5 without it. */
  readonly breaks?: readonly string[];
}

/** In the bundled kernel, which keeps the names of its sources, but not in its lazy parts. */
const mutations: readonly KernelMutation[] = [
  {
    name: 'executes a late copy of a request whose number is over',
    program: BANK,
    from: LATE,
    to: 'place.number===slot.number&&slot.remembered!==void 0)return!1?',
  },
  {
    name: 'executes a request again whose client asks again',
    program: BANK,
    from: LATE,
    to: 'place.number<slot.number)return!0?',
  },
  {
    name: 'forgets its sessions when another host goes live',
    program: BANK,
    from: 'case INTERRUPT.live:forgetRandomPool()',
    to: 'case INTERRUPT.live:forgetIdle(1e9,1e15),forgetRandomPool()',
  },
  {
    name: 'takes a late copy for the request that is in its slot now',
    program: BANK,
    from: LATE,
    to: 'place.number<=slot.number)return slot.remembered===void 0?',
  },
  {
    name: 'forgets a session a good while before its lifetime is over',
    program: BANK,
    from: 'nowMs-session.usedMs>=replyLifetimeMs()',
    to: 'nowMs-session.usedMs>=replyLifetimeMs()/8',
  },
  {
    name: 'executes a request in a session that is forgotten',
    program: BANK,
    from: 'session-gone"),!1;',
    to: 'session-gone"),!0;',
  },
  {
    name: 'confuses the slots of requests that are asked at the same time',
    program: BANK,
    from: 'let slot=session.slots[place.slot];',
    to: 'let slot=session.slots[place.slot%3];',
  },
  {
    name: 'ends WebSockets with the host on which their connections were',
    program: INTERCOM,
    from: 'loseConnections(state=>outlives(state,LOST))',
    to: 'loseConnections(()=>!1)',
    breaks: ['I5', 'I8'],
  },
  {
    name: 'says again what a client that comes back has received',
    program: INTERCOM,
    from: 'acknowledged(lane,resume?.received??0)',
    to: 'acknowledged(lane,lane.acknowledged)',
  },
  {
    name: 'does not say again what a client has missed',
    program: INTERCOM,
    from: 'for(let index=lane.first;index<lane.kept.length&&lane.connection===id',
    to: 'for(let index=lane.kept.length;index<lane.kept.length&&lane.connection===id',
    breaks: ['I5', 'I8'],
  },
  {
    name: 'keeps nothing that it says while a client is away',
    program: INTERCOM,
    from: /let (fits\d*)=keep\(lane,said\);/,
    to: 'let $1=lane.connection===0||keep(lane,said);',
    breaks: ['I5', 'I8'],
  },
  {
    name: 'tells a client that comes back of one message less than it has received',
    program: INTERCOM,
    from: /lane\.received\}\n\$\{protocol/,
    to: 'lane.received-(lane.received>0?1:0)}\n${protocol',
  },
  {
    name: 'still listens to the connection that a client has left for another',
    program: INTERCOM,
    from: '(lane.connection=0,open2.delete(connection),',
    to: '(lane.connection=0,',
    breaks: ['I5', 'I8'],
  },
  {
    name: 'begins anew for a reader that comes back',
    program: FEED,
    from: 'lastEventId:headValue(exchange.state.head??[],"last-event-id")',
    to: 'lastEventId:void 0',
  },
  {
    name: 'leaves an event out for a reader that comes back',
    program: FEED,
    from: /return\{nextId:(\w+)\+1,preface:/,
    to: 'return{nextId:$1+2,preface:',
    breaks: ['I5', 'I8'],
  },
  {
    name: 'tells a reader the last event again that it has read',
    program: FEED,
    from: /return\{nextId:(\w+)\+1,preface:/,
    to: 'return{nextId:$1,preface:',
  },
  {
    name: 'keeps fewer events than the program has asked for',
    program: FEED,
    from: 'limits.eventsKept:NumberParseInt(found[2],10)',
    to: 'limits.eventsKept:1',
  },
];

/** In src/client/socket-lane.ts, the simulated clients' own. */
const laneMutations: readonly Mutation[] = [
  {
    name: 'forgets what it has said when a connection is new',
    edits: [
      {
        file: 'client/socket-lane.ts',
        from: 'missing: this.#kept.map(({ frame }) => frame)',
        to: 'missing: []',
      },
    ],
  },
  {
    name: 'does not ask how much the machine has received',
    edits: [{ file: 'client/socket-lane.ts', from: 'this.#forget(Number(received));', to: 'void received;' }],
  },
  {
    name: 'counts no bytes among what it has received',
    edits: [
      {
        file: 'client/socket-lane.ts',
        from: "if (typeof data !== 'string') return this.#receive({ kind: 'message', data });",
        to: "if (typeof data !== 'string') return { kind: 'message', data };",
      },
    ],
  },
  {
    name: 'opens another WebSocket instead of resuming its own',
    edits: [
      {
        file: 'client/socket-lane.ts',
        from: 'return this.#id === undefined\n',
        to: 'return this.#told >= 0\n',
      },
    ],
  },
];

const brokenKernel = ({ from, to }: KernelMutation): string => {
  const kernel = loadKernelSource();
  const first = kernel.replace(from, '');
  expect(first).not.toBe(kernel);
  // Once, not twice.
  expect(first.replace(from, '')).toBe(first);
  return kernel.replace(from, to);
};

/** The first seed that breaks something, and what. */
function firstBroken(
  { guestOf, workload }: Played,
  play: { readonly simulate: typeof simulate; readonly drawPlan: typeof drawPlan },
  name: string,
): string | undefined {
  for (let seed = 1; seed <= SEEDS_AT_MOST; seed += 1) {
    const plan = play.drawPlan(seed, workload);
    const { violation } = play.simulate(plan, guestOf(plan));
    if (violation === null) continue;
    if (isMeasured) console.log(`${seed} seeds  ${name}: ${violation.invariant}: ${violation.detail}`);
    return violation.invariant;
  }
  return undefined;
}

test.each(mutations)(
  'a kernel that $name is found out',
  async (mutation) => {
    const played = await programWith(mutation.program, brokenKernel(mutation));
    const broken = firstBroken(played, { simulate, drawPlan }, mutation.name);
    expect(mutation.breaks ?? ['I5']).toContain(broken);
  },
  120_000,
);

test.each(laneMutations)(
  'a client that $name is found out',
  async (mutation) => {
    const played = await programWith(INTERCOM, loadKernelSource());
    const broken = firstBroken(played, await mutate(mutation), mutation.name);
    expect(['I5', 'I8']).toContain(broken);
  },
  120_000,
);
