/** What a run with faults must have kept, by the word of its clients and by the logs of its hosts; complaints in words. */
import type { LabHost } from './cluster.ts';
import { contradictionsIn, type Operation } from './history.ts';

/** A host on its own ends for one of these; any other end is a bug. */
const FAIR_ENDS = [
  /halted: epoch \d+ belongs to /,
  /halted: this backup was not in sync yet; epoch \d+ belongs to /,
  /halted: the primary was lost before this backup was in sync: /,
  /halted: cannot join the primary at /,
  /halted: the primary refused this backup: /,
];
/** Faults of the network and of hosts never make a correct host say this. */
const NEVER_SAID =
  /diverged|invariant|CHAIN_BROKEN|WRONG_POSITION|WRONG_STATE|OUT_OF_TURN|NO_SUCH_PAGE|NEWER_EPOCH|\bI\d{1,2}:/;

/** One fault breaks many promises; so many of them tell which. */
const COMPLAINTS_AT_MOST = 20;

export function verdictOn(hosts: readonly LabHost[], history: readonly Operation[]): string[] {
  return allComplaints(hosts, history).slice(0, COMPLAINTS_AT_MOST);
}

function allComplaints(hosts: readonly LabHost[], history: readonly Operation[]): string[] {
  return [
    ...contradictionsIn(history),
    ...hosts.flatMap(strangeWords),
    ...hosts.flatMap(strangeEnd),
    ...sharedEpochs(hosts),
    ...brokenPromises(hosts),
    ...lateReplies(hosts, history),
  ];
}

const strangeWords = (host: LabHost): string[] =>
  host.said(NEVER_SAID).map((line) => `${host.name} says: ${line}`);

function strangeEnd({ name, child, isKilled }: LabHost): string[] {
  if (child.exit === undefined || isKilled) return [];
  const { code, signal } = child.exit;
  const halts = child.stderr.texts.filter((line) => /tandem: halted/.test(line));
  const isFair = code === 1 && halts.some((line) => FAIR_ENDS.some((end) => end.test(line)));
  return isFair ? [] : [`${name} ended with ${code ?? signal}: ${halts.join('; ') || 'no reason given'}`];
}

/** I2: an epoch is granted once. */
function sharedEpochs(hosts: readonly LabHost[]): string[] {
  const owners = new Map<number, LabHost>();
  const complaints = new Set<string>();
  for (const host of hosts) {
    for (const { role, epoch } of host.statuses) {
      if (role !== 'primary' || epoch === 0) continue;
      const owner = owners.get(epoch) ?? host;
      owners.set(epoch, owner);
      if (owner !== host) complaints.add(`epoch ${epoch} belongs to ${owner.name} and to ${host.name}`);
    }
  }
  return [...complaints];
}

/** I1, I2: whatever a host had released when it halted, its successor had made itself when it went live. */
function brokenPromises(hosts: readonly LabHost[]): string[] {
  return takeovers(hosts).flatMap(({ host, epoch, recorded }) =>
    hosts.flatMap((other) => {
      const last = other.statuses.findLast(({ role }) => role === 'primary');
      if (other === host || last === undefined || last.epoch >= epoch || last.released <= recorded) return [];
      return [`${other.name} has released ${last.released} outputs; ${host.name} took over with ${recorded}`];
    }),
  );
}

/** A request that began when another was live already is never answered by the host that was live before. */
function lateReplies(hosts: readonly LabHost[], history: readonly Operation[]): string[] {
  const lives = hosts.flatMap((host) => {
    const first = host.statuses.find(({ role }) => role === 'primary');
    return first === undefined ? [] : [{ host, fromMs: first.atMs }];
  });
  lives.sort((one, other) => one.fromMs - other.fromMs);
  return history.flatMap(({ name, calledMs, answeredBy }) => {
    const at = lives.findLastIndex(({ fromMs }) => fromMs <= calledMs);
    if (answeredBy === null || at === -1) return [];
    // Who goes live while a request is under way may answer it as well.
    if (lives.slice(at).some(({ host }) => host.node === answeredBy)) return [];
    return [`${name} was answered by ${answeredBy} while ${lives[at]?.host.name} was live`];
  });
}

interface Takeover {
  readonly host: LabHost;
  readonly epoch: number;
  /** Outputs that its machine had made. */
  readonly recorded: number;
}

function takeovers(hosts: readonly LabHost[]): Takeover[] {
  return hosts.flatMap((host) => {
    const first = host.statuses.find(({ role, note }) => role === 'primary' && /^live at /.test(note));
    return first === undefined ? [] : [{ host, epoch: first.epoch, recorded: first.recorded }];
  });
}
