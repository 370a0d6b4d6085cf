/**
 * What a run with faults must have kept, by the word of its clients and by the
 * logs of its hosts; complaints in words.
 */
import { contradictionsIn, type Operation } from './history.ts';
import { type HostStory, type Life, livesOf } from './lives.ts';

/** A life ends for one of these; any other end is a bug. Nobody refuses a spare that is one of them. */
const FAIR_ENDS = [
  /halted: epoch \d+ belongs to /,
  /halted: this backup was not in sync yet; epoch \d+ belongs to /,
  /halted: the primary was lost before this backup was in sync: /,
];
/** Faults of the network and of hosts never make a correct host say this. */
const NEVER_SAID =
  /diverged|invariant|CHAIN_BROKEN|WRONG_POSITION|WRONG_STATE|OUT_OF_TURN|NO_SUCH_PAGE|NEWER_EPOCH|\bI\d{1,2}:/;

/** Status lines tell whole milliseconds. */
const CLOCK_STEP_MS = 1;
/** One fault breaks many promises; so many of them tell which. */
const COMPLAINTS_AT_MOST = 20;

export function verdictOn(hosts: readonly HostStory[], history: readonly Operation[]): string[] {
  return allComplaints(hosts, history).slice(0, COMPLAINTS_AT_MOST);
}

function allComplaints(hosts: readonly HostStory[], history: readonly Operation[]): string[] {
  const lives = hosts.flatMap(livesOf);
  return [
    ...contradictionsIn(history),
    ...lives.flatMap(strangeWords),
    ...strangeEnds(hosts),
    ...sharedEpochs(lives),
    ...brokenPromises(lives),
    ...lateReplies(lives, history),
  ];
}

const strangeWords = ({ name, lines }: Life): string[] =>
  lines.filter((line) => NEVER_SAID.test(line)).map((line) => `${name} says: ${line}`);

/**
 * Lives and processes that have ended for no good reason. A machine that
 * was switched off ends all with code 0.
 */
export function strangeEnds(hosts: readonly HostStory[]): string[] {
  return hosts.flatMap((host) => {
    const halts = host.lines.filter((line) => /^tandem: halted/.test(line));
    const unfair = halts.filter((line) => !FAIR_ENDS.some((end) => end.test(line)));
    const complaints = unfair.map((line) => `${host.name} says: ${line}`);
    if (host.exit === undefined || host.isKilled) return complaints;
    const { code, signal } = host.exit;
    if (code === 0 || (code === 1 && halts.length > 0)) return complaints;
    const last = host.lines.slice(-2).join('; ');
    return [...complaints, `${host.name} ended with ${code ?? signal}: ${last}`];
  });
}

/** I2: an epoch is granted once. */
function sharedEpochs(lives: readonly Life[]): string[] {
  const owners = new Map<number, Life>();
  const complaints = new Set<string>();
  for (const life of lives) {
    for (const { role, epoch } of life.statuses) {
      if (role !== 'primary' || epoch === 0) continue;
      const owner = owners.get(epoch) ?? life;
      owners.set(epoch, owner);
      if (owner !== life) complaints.add(`epoch ${epoch} belongs to ${owner.name} and to ${life.name}`);
    }
  }
  return [...complaints];
}

/** I1, I2: whatever a host had released when it halted, its successor had made itself when it went live. */
function brokenPromises(lives: readonly Life[]): string[] {
  return takeovers(lives).flatMap(({ life, epoch, recorded }) =>
    lives.flatMap((other) => {
      const last = other.statuses.findLast(({ role }) => role === 'primary');
      if (other === life || last === undefined || last.epoch >= epoch || last.released <= recorded) return [];
      return [`${other.name} has released ${last.released} outputs; ${life.name} took over with ${recorded}`];
    }),
  );
}

/** A request that began when another was live already is never answered by the host that was live before. */
function lateReplies(lives: readonly Life[], history: readonly Operation[]): string[] {
  const reigns = lives.flatMap((life) => {
    const first = life.statuses.find(({ role }) => role === 'primary');
    return first === undefined ? [] : [{ life, fromMs: first.atMs }];
  });
  reigns.sort((one, other) => one.fromMs - other.fromMs);
  return history.flatMap(({ name, calledMs, returnedMs, answeredBy }) => {
    const at = reigns.findLastIndex(({ fromMs }) => fromMs <= calledMs);
    if (answeredBy === null || at === -1) return [];
    // Who goes live while a request is under way may answer it as well.
    const may = reigns.slice(at).filter(({ fromMs }) => fromMs <= returnedMs + CLOCK_STEP_MS);
    if (may.some(({ life }) => life.node === answeredBy)) return [];
    return [`${name} was answered by ${answeredBy} while ${reigns[at]?.life.name} was live`];
  });
}

interface Takeover {
  readonly life: Life;
  readonly epoch: number;
  /** Outputs that its machine had made. */
  readonly recorded: number;
}

function takeovers(lives: readonly Life[]): Takeover[] {
  return lives.flatMap((life) => {
    const first = life.statuses.find(({ role, note }) => role === 'primary' && /^live at /.test(note));
    return first === undefined ? [] : [{ life, epoch: first.epoch, recorded: first.recorded }];
  });
}
