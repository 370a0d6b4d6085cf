/**
 * Deliberate bugs: one rule of the real source broken at a time, by replacing text that must
 * be there exactly once. The simulator is bundled with the broken file in the place of the
 * right one; nothing in src/ knows of it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

export interface Mutation {
  /** What the broken program does. */
  readonly name: string;
  /** A seed that finds it, where the first ones do not: saves the tests time. */
  readonly firstSeed?: number;
  /** In files of src/. */
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

const edit = (file: string, from: string, to: string): Mutation['edits'][number] => ({ file, from, to });

export const mutations: readonly Mutation[] = [
  {
    name: 'releases one position early',
    edits: [
      edit(
        'protocol/output-rule.ts',
        'if (output.position > through) break;',
        'if (output.position > through + 1) break;',
      ),
    ],
  },
  {
    name: 'skips the check of the epoch',
    edits: [
      edit(
        'protocol/takeover.ts',
        'if (!mayClaimAfter(core, current, record)) return lose(core, current, record);',
        'void mayClaimAfter;',
      ),
    ],
  },
  {
    name: 'goes live without claiming',
    edits: [
      edit(
        'protocol/takeover.ts',
        'rebase(core, current, record);\n  return claim(core, current);',
        "rebase(core, current, record);\n  return current.purpose === 'go-live' ? win(core, current, current.next) : claim(core, current);",
      ),
      edit(
        'protocol/backup.ts',
        "  enter(core, 'going-live',",
        "  core.status = 'claiming-epoch';\n  enter(core, 'going-live',",
      ),
    ],
  },
  {
    name: 'goes live before it has executed what it received',
    edits: [
      edit(
        'simulator/guest/log-source.ts',
        'return this.#entries[this.#at] ?? this.#order;',
        'return this.#order ?? this.#entries[this.#at] ?? null;',
      ),
    ],
  },
  {
    name: 'releases without the spare while its listing is in flight',
    edits: [
      edit(
        'protocol/output-rule.ts',
        "    case 'transferring':\n      return",
        "    case 'transferring':\n    case 'listing':\n      return",
      ),
      edit('protocol/output-rule.ts', "    case 'listing':\n    case 'protected':", "    case 'protected':"),
    ],
  },
  {
    name: 'acknowledges after sealing',
    firstSeed: 97,
    edits: [
      edit(
        'protocol/backup.ts',
        "  if (core.status === 'claiming-epoch' || core.status === 'going-live') return;\n  if (frame.kind === 'refusal')",
        "  if (frame.kind === 'refusal')",
      ),
      edit(
        'protocol/backup.ts',
        "if (core.status === 'sealed' && !withdraw(core, role)) return;",
        'void withdraw;',
      ),
      edit(
        'protocol/backup.ts',
        "  if (core.status !== 'catching-up' && core.status !== 'following') {\n    return { code: 'OUT_OF_TURN', detail: 'log before the checkpoint' };\n  }\n",
        '',
      ),
      edit(
        'protocol/backup.ts',
        "  invariant('I2', isListening(core), `an acknowledgement while " + '$' + '{core.status}`);\n',
        '',
      ),
    ],
  },
  {
    name: 'takes a lost answer to a claim for a loss',
    edits: [
      edit(
        'protocol/takeover.ts',
        "      return win(core, current, current.next);\n    case 'unreachable':\n      return wait(core, current, answer.reason);",
        "      return win(core, current, current.next);\n    case 'unreachable':\n      return lose(core, current, current.next);",
      ),
    ],
  },
  {
    name: 'takes a lost answer to a claim for a win',
    edits: [
      edit(
        'protocol/takeover.ts',
        "      return win(core, current, current.next);\n    case 'unreachable':\n      return wait(core, current, answer.reason);",
        "    case 'unreachable':\n      return win(core, current, current.next);",
      ),
    ],
  },
  {
    name: 'suspects after a pause of its own without reading its sockets',
    edits: [edit('protocol/detector.ts', "  detector.phase = 'draining';\n", '')],
  },
  {
    name: 'runs past the last progress mark',
    edits: [
      edit(
        'simulator/guest/scripted-machine.ts',
        'if (cpu.isLong(this.#polls)) yield* cpu.gate();\n      if (cpu.traps.poll',
        'if (cpu.traps.poll',
      ),
      edit(
        'session/replayer.ts',
        '    for (let entry = this.#source.peek(); ; entry = this.#source.peek()) {',
        '    try {\n      this.#source.peek();\n    } catch {\n      return false;\n    }\n    for (let entry = this.#source.peek(); ; entry = this.#source.peek()) {',
      ),
    ],
  },
  {
    name: 'takes a turn of many outputs for a short one when it follows',
    edits: [
      edit(
        'session/replayer.ts',
        'return isLong(this.#state, this.#machine.image.limits);',
        'return this.#state.poll >= this.#machine.image.limits.firstInterruptiblePoll;',
      ),
    ],
  },
  {
    name: 'forgets the timers in a clone',
    edits: [
      edit(
        'simulator/guest/scripted-machine.ts',
        'text.encode(JSON.stringify(this.#state))',
        'text.encode(JSON.stringify({ ...this.#state, timers: [] }))',
      ),
    ],
  },
  {
    name: 'uses the id of a request again',
    edits: [
      edit(
        'simulator/world/host.ts',
        'new VirtualFront((this.vcpu.life?.position ?? 0) + 1)',
        'new VirtualFront(1)',
      ),
      edit('simulator/world/host.ts', 'this.front.continueAt((this.vcpu.life?.position ?? 0) + 1);', ''),
    ],
  },
  {
    name: "shows the host's wall clock to the guest, which may run backwards",
    edits: [
      edit(
        'session/guest-clock.ts',
        'const exact = this.#anchorGuestMs + elapsed * this.#rate;',
        'const exact = this.#world.wallMs();',
      ),
      edit(
        'session/guest-clock.ts',
        'this.#lastMs = Math.max(this.#lastMs, Math.floor(exact));',
        'this.#lastMs = Math.floor(exact);',
      ),
    ],
  },
  {
    name: 'lets the clock leap when it goes live',
    edits: [
      edit(
        'session/guest-clock.ts',
        'this.#anchorGuestMs = guestMs;\n    this.#lastMs',
        'this.#anchorGuestMs = Math.max(guestMs, world.wallMs());\n    this.#lastMs',
      ),
    ],
  },
  {
    name: 'drops the last batch that a joiner missed',
    edits: [
      edit(
        'protocol/feeding.ts',
        '    give(core, role, successor, batch);\n  }\n}',
        '    if (lastPosition(batch) === core.head.position) successor.fedThrough = core.head.position;\n    else give(core, role, successor, batch);\n  }\n}',
      ),
    ],
  },
  {
    name: 'accepts acknowledgements of a former backup',
    firstSeed: 690,
    edits: [
      edit(
        'protocol/primary.ts',
        "  if (role.successor?.peer !== peer) {\n    peerViolated(core, role, peer, 'OUT_OF_TURN', `" +
          '$' +
          '{frame.kind} without',
        "  if (role.successor === null) {\n    peerViolated(core, role, peer, 'OUT_OF_TURN', `" +
          '$' +
          '{frame.kind} without',
      ),
      edit(
        'protocol/primary.ts',
        "  if (frame.epoch < core.epoch || core.status === 'claiming-solo') return;",
        "  if (core.status === 'claiming-solo') return;",
      ),
    ],
  },
  {
    name: 'counts as received what was only sent',
    edits: [
      edit(
        'protocol/feeding.ts',
        '  successor.fedThrough = lastPosition(batch);\n',
        '  successor.fedThrough = lastPosition(batch);\n  successor.received = successor.fedThrough;\n',
      ),
    ],
  },
  {
    name: 'proposes a spare that lacks what has left',
    edits: [
      edit('protocol/listing.ts', '  if (successor.received < core.outputs.releasedPosition) return;\n', ''),
    ],
  },
  {
    name: 'withdraws a suspicion after its claim has left',
    firstSeed: 350,
    edits: [
      edit(
        'protocol/primary.ts',
        " || open.channel === 'closed' || isCommitted(core)) return;",
        " || open.channel === 'closed') return;",
      ),
      edit(
        'protocol/primary.ts',
        "core.status !== 'doubting' || open === null",
        "(core.status !== 'doubting' && core.status !== 'claiming-solo') || open === null",
      ),
      edit(
        'protocol/primary.ts',
        "  if (frame.epoch < core.epoch || core.status === 'claiming-solo') return;",
        '  if (frame.epoch < core.epoch) return;',
      ),
      edit(
        'protocol/status.ts',
        "  'claiming-solo': ['solo', 'following'],",
        "  'claiming-solo': ['solo', 'following', 'protected'],",
      ),
    ],
  },
  {
    name: 'tells the host that it has relieved of replies that have not left',
    edits: [
      edit(
        'protocol/detector.ts',
        '  detector.toldReleased = released;\n',
        "  detector.toldReleased = released;\n  if (status === 'protected') return { releasedOrdinal: outputs.recorded, printedOrdinal: printed };\n",
      ),
    ],
  },
  {
    name: 'forgets lines of the console that nobody has printed',
    firstSeed: 559,
    edits: [
      edit(
        'protocol/output-rule.ts',
        "output.ordinal <= (output.route === 'client' ? outputs.released : outputs.printed);",
        'output.ordinal <= outputs.released;',
      ),
      edit(
        'protocol/output-rule.ts',
        '    consoleThrough: outputs.printed,',
        '    consoleThrough: outputs.released,',
      ),
    ],
  },
  {
    name: 'never stops its vCPU for a full buffer',
    firstSeed: 238,
    edits: [
      edit(
        'protocol/flow.ts',
        "const wanted = fullest >= limit ? 'paused' : 'running';",
        "const wanted = fullest >= 1e9 * limit ? 'paused' : 'running';",
      ),
    ],
  },
  {
    name: 'lists a joiner that has heard one heartbeat, however late',
    edits: [
      edit('protocol/listing.ts', ' && isClockTold(successor)) {', ') {'),
      edit(
        'protocol/primary.ts',
        "if (successor !== null && core.status === 'transferring' && !isClockTold(successor))",
        'if (core.nowMs < 0 && !isClockTold)',
      ),
    ],
  },
  {
    name: 'forgets a change of limits when it follows the log',
    edits: [
      edit(
        'session/replayer.ts',
        '          this.#machine.memoryMaximumBytes = entry.memoryMaximumBytes;\n',
        '',
      ),
    ],
  },
  {
    name: 'says that its machine is off before its backup is',
    edits: [
      edit(
        'simulator/world/desk.ts',
        '!(isEqual || (isSafe(core, position) && isFollowed(core, position)))',
        '!(isEqual || (isSafe(core, position) && isFollowed(core, position)) || position > 0)',
      ),
    ],
  },
  {
    name: 'goes on following when its machine is off',
    firstSeed: 40,
    edits: [
      edit(
        'protocol/backup.ts',
        "  core.attempt = null;\n  enter(core, 'ended', `switched off at",
        "  if (core.nowMs > 0) return;\n  enter(core, 'ended', `switched off at",
      ),
    ],
  },
  {
    name: 'logs before its first epoch',
    firstSeed: 600,
    edits: [
      edit(
        'simulator/world/desk.ts',
        "role.kind === 'primary' && epoch > 0;",
        "role.kind === 'primary' && epoch >= 0;",
      ),
      edit('protocol/feeding.ts', "  invariant('I2', core.epoch > 0, 'log that belongs to no epoch');\n", ''),
    ],
  },
];

const src = new URL('../../src/', import.meta.url);
/** Where imports of packages are found. */
const folder = new URL('../../node_modules/.cache/tandem-mutations/', import.meta.url);

const entry = `
export { simulate } from './simulator/simulation.ts';
export { drawPlan } from './simulator/draw.ts';
export { scriptedGuest } from './simulator/guest/scripted-guest.ts';
`;

export interface Simulator {
  readonly simulate: typeof import('../../src/simulator/simulation.ts').simulate;
  readonly drawPlan: typeof import('../../src/simulator/draw.ts').drawPlan;
  readonly scriptedGuest: typeof import('../../src/simulator/guest/scripted-guest.ts').scriptedGuest;
}

/** The simulator with the bug in it. Throws when a text to be replaced is not there, or is there twice. */
export async function mutate({ name, edits }: Mutation): Promise<Simulator> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: fileURLToPath(src), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    plugins: [replacing(edits)],
  });
  mkdirSync(folder, { recursive: true });
  const file = new URL(`${process.pid}-${name.replaceAll(/[^a-z]+/g, '-')}.mjs`, folder);
  writeFileSync(file, outputFiles[0]!.text);
  return (await import(pathToFileURL(fileURLToPath(file)).href)) as Simulator;
}

function replacing(edits: Mutation['edits']): Plugin {
  return {
    name: 'mutation',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const mine = edits.filter(({ file }) => path === fileURLToPath(new URL(file, src)));
        if (mine.length === 0) return undefined;
        let contents = readFileSync(path, 'utf8');
        for (const { file, from, to } of mine) {
          const parts = contents.split(from);
          if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${from}`);
          contents = parts.join(to);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}
