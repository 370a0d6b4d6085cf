/** Starts a real supervisor on fixture hosts and waits for what it reports. */
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { SupervisorOptions } from '../../../../src/host/supervisor/options.ts';
import type { RunEvent, RunNotice } from '../../../../src/host/supervisor/report.ts';
import { type Supervisor, startSupervisor } from '../../../../src/host/supervisor/supervisor.ts';

export type Seen = RunEvent | RunNotice;

export interface Run {
  readonly supervisor: Supervisor;
  readonly events: Seen[];
  readonly stdout: string[];
  readonly stderr: string[];
  /** The `nth` event of that name, already seen or still to come. */
  until<Name extends Seen['event']>(name: Name, nth?: number): Promise<Extract<Seen, { event: Name }>>;
}

const FIXTURE = fileURLToPath(new URL('./fixtures/host.mjs', import.meta.url));

export const hostCommand = (scenes: string): readonly string[] => [
  '/usr/bin/env',
  `TANDEM_FIXTURE=${scenes}`,
  process.execPath,
  FIXTURE,
];

/** `scenes` go to the fixture by its environment. */
export async function startRun(scenes = '', changes: Partial<SupervisorOptions> = {}): Promise<Run> {
  const events: Seen[] = [];
  const waiting = new Set<() => void>();
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  const supervisor = await startSupervisor({
    program: 'guest.js',
    address: '127.0.0.1',
    port: 0,
    adminPort: 0,
    arbiter: undefined,
    heartbeatMs: 50,
    suspectMs: 500,
    memoryMib: 16,
    allowNet: [],
    idempotencyTtlMs: 600_000,
    idempotencyMib: 4,
    allowOrigins: [],
    onGoLive: undefined,
    spares: 1,
    followerPercent: 100,
    hostCommand: hostCommand(scenes),
    reporter: {
      report(event) {
        events.push(event);
        for (const check of [...waiting]) check();
      },
      print(stream, text, written) {
        lines[stream].push(text);
        setImmediate(written);
      },
    },
    ...changes,
  });
  onTestFinished(async () => {
    supervisor.kill();
    await supervisor.finished;
  });
  const until: Run['until'] = (name, nth = 1) =>
    new Promise((resolve) => {
      const check = () => {
        const found = events.filter((event) => event.event === name)[nth - 1];
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found as never);
      };
      waiting.add(check);
      check();
    });
  return { supervisor, events, ...lines, until };
}
