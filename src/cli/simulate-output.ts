/** What `tandem simulate` says, for people or as JSON lines. */
import type { CampaignResult, Failure } from '../simulator/campaign.ts';
import { type Hits, PHASES, whyNever } from '../simulator/coverage.ts';
import { FAULT_KINDS, type Fault } from '../simulator/faults.ts';
import type { PlannedRequest } from '../simulator/guest/guest.ts';
import type { PlannedListener } from '../simulator/listeners.ts';
import { grouped, styleFor, table } from './style.ts';

/** What clients heard of an account is not linearizable (simulator/check/verdict.ts). */
const UNEXPLAINED = 'no order explains';
const LINES_SHOWN = 25;
const PROGRESS_EVERY_MS = 200;
const MINUTE_MS = 60_000;

export interface SimulateOutputOptions {
  readonly json: boolean;
  /** As it was given, for the command that repeats a run. */
  readonly program: string | undefined;
  readonly workload: string | undefined;
  readonly allowNet: readonly string[];
  /** Played instead of what seeds draw. */
  readonly plan: string | undefined;
  readonly trace: boolean;
}

export class SimulateOutput {
  readonly #options: SimulateOutputOptions;
  readonly #style = styleFor(process.stdout);
  readonly #startedMs = performance.now();
  #runs = 0;
  #planned = 0;
  #shownMs = 0;

  constructor(options: SimulateOutputOptions) {
    this.#options = options;
  }

  begin(subject: string, firstSeed: number, runs: number): void {
    this.#planned = runs;
    if (!this.#options.json) this.#say(`simulating ${subject}: ${grouped(runs)} runs from seed ${firstSeed}`);
  }

  /** On a terminal only: a line that is written over. */
  progress(): void {
    this.#runs += 1;
    const nowMs = performance.now();
    if (this.#options.json || !process.stderr.isTTY || nowMs - this.#shownMs < PROGRESS_EVERY_MS) return;
    this.#shownMs = nowMs;
    process.stderr.write(`\r${grouped(this.#runs)} of ${grouped(this.#planned)} runs\u001b[K`);
  }

  failure(failure: Failure): void {
    const command = this.#commandFor(failure.seed);
    const { violation, seed, plan, shrunk } = failure;
    if (this.#options.json) {
      const small = { plan: shrunk.plan, runs: shrunk.runs, violation: shrunk.outcome.violation };
      const { program } = this.#options;
      const words = { event: 'failure', seed, ...violation, command, program, plan, shrunk: small };
      this.#say(JSON.stringify(words));
      return;
    }
    const { faults, requests, sockets = [], readers = [] } = shrunk.plan;
    this.#say(
      '',
      this.#style.bad(`seed ${seed} broke ${violation.invariant} after ${violation.atMs.toFixed(1)} ms`),
      `  ${violation.detail}`,
      ...this.#advice(violation),
      `  play it again: ${command}`,
      '',
      `the same with ${faults.length} of ${plan.faults.length} faults and ${requests.length} of ${plan.requests.length} requests (${shrunk.runs} runs):`,
      ...faults.map((fault) => `  ${describeFault(fault)}`),
      ...requests.map((request) => `  ${describeRequest(request)}`),
      ...sockets.map((socket) => `  ${describeListener(socket)}, says ${JSON.stringify(socket.says)}`),
      ...readers.map((reader) => `  ${describeListener(reader)}`),
      `  ${shrunk.outcome.violation?.invariant}: ${shrunk.outcome.violation?.detail}`,
      '',
      'its last lines (test/README.md has the legend):',
      ...shrunk.outcome.lines.slice(this.#options.trace ? 0 : -LINES_SHOWN).map((line) => `  ${line}`),
    );
  }

  end({ runs, failures, hits, figures, lines }: CampaignResult, isInterrupted: boolean): void {
    const ms = performance.now() - this.#startedMs;
    if (process.stderr.isTTY && !this.#options.json) process.stderr.write('\r\u001b[K');
    if (this.#options.json) {
      const counts = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, rowOf(hits, kind)]));
      const failed = failures.map(({ seed }) => seed);
      this.#say(JSON.stringify({ event: 'end', runs, failed, ms: Math.round(ms), ...figures, hits: counts }));
      return;
    }
    if (this.#options.trace && failures.length === 0) this.#say(...lines);
    const speed = `${grouped((runs / ms) * MINUTE_MS)} a minute`;
    const verdict =
      failures.length === 0
        ? this.#style.good('every invariant held')
        : this.#style.bad(`${failures.length} failed`);
    this.#say(
      '',
      `${isInterrupted ? 'interrupted after ' : ''}${grouped(runs)} runs in ${(ms / 1000).toFixed(1)} s (${speed}): ${verdict}`,
      `${grouped(figures.goLives)} go-lives, ${grouped(figures.replies)} replies, ${grouped(figures.outputs)} outputs; in ${grouped(figures.lost)} runs nobody was left`,
    );
    this.#say(...this.#refused(figures));
    if (runs > 1) this.#say('', 'hits of each fault, by what its host was doing:', tableOf(hits));
  }

  /** The replies that clients heard, and what the workload says of them, are the program's. */
  #advice({ invariant, detail }: Failure['violation']): readonly string[] {
    const { program } = this.#options;
    if (program === undefined || invariant !== 'I5' || !detail.startsWith(UNEXPLAINED)) return [];
    return [
      '  The machine went on as it was; what the program did does not fit what its clients asked. If a request that was asked again',
      '  took effect twice, give it an Idempotency-Key ("keyed": true in the workload), or a meaning that bears repetition.',
    ];
  }

  /** A program that waits for servers outside hears nothing of those that are refused. */
  #refused({ unanswered, refused }: CampaignResult['figures']): readonly string[] {
    if (refused.length === 0) return [];
    const options = refused.map((server) => `--allow-net ${server}`).join(' ');
    const waited =
      unanswered === 0
        ? ''
        : `; in ${grouped(unanswered)} runs clients waited to the end for answers that it did not give, of which nothing is said`;
    return [
      `the program has asked ${refused.join(', ')}, which is refused here${waited}`,
      `  With ${options} each such call is answered with an empty 200.`,
    ];
  }

  #commandFor(seed: number): string {
    const { program, workload, allowNet, plan } = this.#options;
    const given = [
      ...(program === undefined ? [] : [program]),
      ...(workload === undefined ? [] : ['--workload', workload]),
      ...allowNet.flatMap((server) => ['--allow-net', server]),
    ];
    const which = plan === undefined ? ['--seed', String(seed)] : ['--plan', plan];
    return ['tandem simulate', ...given, ...which, '--trace'].join(' ');
  }

  #say(...lines: readonly string[]): void {
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

const rowOf = (hits: Hits, kind: (typeof FAULT_KINDS)[number]): Record<string, number> =>
  Object.fromEntries(PHASES.map((phase) => [phase, hits.of(kind, phase)]));

/** A dot where a hit cannot be. */
function tableOf(hits: Hits): string {
  const cell = (kind: (typeof FAULT_KINDS)[number], phase: (typeof PHASES)[number]): string => {
    const count = hits.of(kind, phase);
    return count === 0 && whyNever(kind, phase) !== null ? '·' : grouped(count);
  };
  const head = ['', ...PHASES];
  const rows = FAULT_KINDS.map((kind) => [kind, ...PHASES.map((phase) => cell(kind, phase))]);
  return table([head, ...rows], new Set(PHASES.map((_, column) => column + 1)));
}

/** Enough digits to tell two times apart, or a clock's drift; the plan has them all. */
const short = (value: number): string => String(Number(value.toPrecision(7)));

function describeFault({ time, target, effect }: Fault): string {
  const when =
    time.kind === 'at'
      ? `at ${short(time.atMs)} ms`
      : `${time.afterMs.toFixed(1)} ms after the ${time.nth}. ${time.status}`;
  const { kind, ...rest } = effect;
  const details = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? short(value) : value}`,
  );
  return `${when.padEnd(34)} ${target.padEnd(8)} ${kind} ${details.join(', ')}`;
}

function describeListener({ name, target, atMs, losses }: PlannedListener): string {
  const lost = losses.map(({ atMs: lostMs, how }) => `${how} at ${short(lostMs)} ms`).join(', ');
  return `${`at ${short(atMs)} ms`.padEnd(34)} ${name} of ${target}, ${lost === '' ? 'no connection lost' : `loses its connection: ${lost}`}`;
}

function describeRequest({ tag, client, atMs, keyed, session, what }: PlannedRequest): string {
  const once =
    session === undefined
      ? `${keyed ? 'with' : 'without'} key`
      : `in slot ${session.slot} of ${session.of === undefined ? 'its' : `client ${session.of}'s`} session`;
  const when = `at ${atMs.toFixed(0)} ms`.padEnd(34);
  return `${when} client ${client} ${once}: ${tag} ${JSON.stringify(what)}`;
}
