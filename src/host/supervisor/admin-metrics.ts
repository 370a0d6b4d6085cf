/**
 * `GET /metrics` in Prometheus' text format, written by hand: thirty figures read from one status
 * need no registry, and prom-client would cost more start-up time than everything else on this port. Base
 * units (seconds, bytes), `_total` for counters.
 */
import type { HostReport, RunStatus } from './report.ts';

type Labels = Readonly<Record<string, string>>;
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly samples: readonly { readonly labels: Labels; readonly value: number }[];
}

/** The content type that scrapers expect. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function renderMetrics(status: RunStatus): string {
  return [...runMetrics(status), ...hostMetrics(status.hosts)].map(render).join('');
}

function runMetrics(status: RunStatus): Metric[] {
  const one = (name: string, type: Metric['type'], help: string, value: number): Metric => ({
    name,
    type,
    help,
    samples: [{ labels: {}, value }],
  });
  const { backupsStarted } = status;
  return [
    one('tandem_live', 'gauge', '1 when the primary is ready for clients.', Number(status.live)),
    one('tandem_redundant', 'gauge', '1 when a backup is in sync.', Number(status.redundant)),
    one('tandem_epoch', 'gauge', 'Term of leadership.', status.epoch),
    one('tandem_failovers_total', 'counter', 'Backups that went live.', status.failovers),
    ...(backupsStarted === undefined
      ? []
      : [one('tandem_backups_started_total', 'counter', 'Backup processes started.', backupsStarted)]),
    one('tandem_spares', 'gauge', 'Processes ready to replace a lost host.', status.spares.length),
    one('tandem_uptime_seconds', 'gauge', 'Age of the run.', status.uptimeMs / 1000),
  ];
}

function hostMetrics(hosts: readonly HostReport[]): Metric[] {
  const each = (
    name: string,
    type: Metric['type'],
    help: string,
    value: (host: HostReport) => number,
  ): Metric => ({
    name,
    type,
    help,
    samples: hosts.map((host) => ({ labels: { role: host.role }, value: value(host) })),
  });
  return [
    each('tandem_recorded_position', 'gauge', 'Last position in the log.', (host) => host.recorded),
    each('tandem_received_position', 'gauge', 'Last position received.', (host) => host.received),
    each('tandem_acknowledged_position', 'gauge', 'Last position acknowledged.', (host) => host.acknowledged),
    each('tandem_replayed_position', 'gauge', 'Last position executed.', (host) => host.replayed),
    each('tandem_lag_positions', 'gauge', 'Execution lag in positions.', (host) => host.lag.positions),
    each('tandem_lag_bytes', 'gauge', 'Execution lag in bytes of log.', (host) => host.lag.bytes),
    each('tandem_lag_seconds', 'gauge', 'Execution lag in time.', (host) => host.lag.ms / 1000),
    each(
      'tandem_slowdown_ratio',
      'gauge',
      "Share of the vCPU's time that flow control takes.",
      (host) => host.slowdownPercent / 100,
    ),
    each('tandem_vcpu_stopped', 'gauge', '1 while a full buffer stops the vCPU.', (host) =>
      Number(host.vcpu === 'paused'),
    ),
    each(
      'tandem_held_outputs',
      'gauge',
      'Outputs waiting for an acknowledgement.',
      (host) => host.heldOutputs,
    ),
    each('tandem_held_output_bytes', 'gauge', 'Bytes of those outputs.', (host) => host.heldOutputBytes),
    each(
      'tandem_equal_hash_position',
      'gauge',
      'Latest hash point with equal hashes.',
      (host) => host.lastEqualHash?.position ?? 0,
    ),
    each(
      'tandem_turn_seconds',
      'gauge',
      'How long the present turn has been running.',
      (host) => (host.turn?.runningMs ?? 0) / 1000,
    ),
    each(
      'tandem_client_connections',
      'gauge',
      'Open connections of clients.',
      (host) => host.clientConnections,
    ),
    each('tandem_requests_total', 'counter', 'Requests that entered the machine.', (host) => host.requests),
    each('tandem_outbound_calls_open', 'gauge', 'Outbound calls under way.', (host) => host.openCalls),
    each('tandem_websockets', 'gauge', "Clients' WebSockets that are open.", (host) => host.sockets),
    each('tandem_outbound_calls_total', 'counter', 'Outbound calls that were begun.', (host) => host.calls),
    each(
      'tandem_idempotency_keys',
      'gauge',
      'Idempotency-Keys that are remembered.',
      ({ kept }) => kept.keys,
    ),
    each('tandem_sessions', 'gauge', 'Sessions of clients that are open.', ({ kept }) => kept.sessions),
    each('tandem_kept_reply_bytes', 'gauge', 'What keys and sessions cost.', ({ kept }) => kept.bytes),
    each(
      'tandem_kept_reply_bytes_maximum',
      'gauge',
      'What they may cost (--idempotency-mib).',
      ({ kept }) => kept.maximumBytes,
    ),
    each(
      'tandem_refused_for_room_total',
      'counter',
      'Requests refused because there was no room to remember them.',
      ({ kept }) => kept.refused,
    ),
    each(
      'tandem_memory_bytes',
      'gauge',
      "What the machine's memory has grown to.",
      (host) => host.memory.bytes,
    ),
    each('tandem_memory_maximum_bytes', 'gauge', 'What it may grow to.', (host) => host.memory.maximumBytes),
    each('tandem_log_bytes_total', 'counter', 'Bytes on the logging channel.', (host) => host.logBytes),
  ];
}

function render({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${name}${renderLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** Values here are words of ours, which need no escapes. */
function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
