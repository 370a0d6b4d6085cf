/**
 * Are primary and backup the same, bit for bit (I3)? Each is asked for its own state hash at one position,
 * over its admin port, while customers go on.
 */
import type { HashComparison, RunStatus } from '../../src/host/supervisor/report.ts';
import { type Answer, NoAnswer } from '../support/processes-client.ts';
import type { Cluster, LabHost } from './cluster.ts';

export type Equality =
  | { readonly kind: 'equal'; readonly position: number; readonly hash: string }
  | { readonly kind: 'different'; readonly complaint: string }
  /** They could not be compared: ask again when the roles are clear. */
  | { readonly kind: 'unknown'; readonly reason: string };

export async function compare(cluster: Cluster, primary: LabHost, backup: LabHost): Promise<Equality> {
  try {
    return await compareNow(cluster, primary, backup);
  } catch (error) {
    if (error instanceof NoAnswer) return { kind: 'unknown', reason: error.message };
    throw error;
  }
}

async function compareNow(cluster: Cluster, primary: LabHost, backup: LabHost): Promise<Equality> {
  const before = await pairIn(cluster, primary, backup);
  const whole = parsed<HashComparison>(await cluster.admin(primary, 'POST', '/hash'));
  const { equal, position, primary: one, reason = 'the primary has no hash' } = whole;
  if (one === null || position === null) return { kind: 'unknown', reason };
  const own = await cluster.admin(backup, 'POST', `/hash?position=${position}`);
  if (own.status !== 200) return { kind: 'unknown', reason: own.body };
  const { hash } = parsed<{ readonly hash: string }>(own);
  const after = await pairIn(cluster, primary, backup);
  if (before === undefined || before !== after) return { kind: 'unknown', reason: 'the roles have changed' };
  if (hash === one.hash && equal) return { kind: 'equal', position, hash };
  if (hash === one.hash) return { kind: 'unknown', reason };
  const complaint = `at ${position} ${primary.name} has the state hash ${one.hash}, ${backup.name} has ${hash}`;
  return { kind: 'different', complaint };
}

/**
 * The epoch in which these two are a pair, by their own words: positions are of
 * one history only as long as it lasts.
 */
async function pairIn(cluster: Cluster, primary: LabHost, backup: LabHost): Promise<number | undefined> {
  const [one, other] = await Promise.all(
    [primary, backup].map(
      async (host) => parsed<RunStatus>(await cluster.admin(host, 'GET', '/status')).hosts[0],
    ),
  );
  const isPair = one?.phase === 'protected' && other?.phase === 'following' && one.epoch === other.epoch;
  return isPair ? one.epoch : undefined;
}

/**
 * Both machines are switched off at one position (FT §3.3), and every host
 * ends with code 0; complaints in words.
 */
export async function switchOff(
  cluster: Cluster,
  primary: LabHost,
): Promise<{ position: number | null; complaints: string[] }> {
  const hosts = cluster.hosts.filter(({ isAlive }) => isAlive);
  const answer = await cluster.admin(primary, 'POST', '/stop');
  const { equal, position, reason } = parsed<HashComparison>(answer);
  const complaints = equal === true ? [] : [`at their end: ${reason ?? 'the machines were not compared'}`];
  const exits = await Promise.all(hosts.map(async (host) => ({ host, exit: await host.child.exited })));
  const wrong = exits.filter(({ exit }) => exit.code !== 0);
  complaints.push(
    ...wrong.map(
      ({ host, exit }) => `${host.name} ended with ${exit.code ?? exit.signal} when it was switched off`,
    ),
  );
  return { position, complaints };
}

const parsed = <Shape>({ body }: Answer): Shape => JSON.parse(body) as Shape;
