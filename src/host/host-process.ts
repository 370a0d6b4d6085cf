/**
 * The life of one host process, from its options to its exit code: loads the guest, listens for its peers, boots the machine and, as a backup, joins the
 * primary. Whatever goes wrong later stops the host with a reason (I9).
 */
import { openArbiter } from '../arbiter/arbiter.ts';
import { TandemError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { loadEngine } from '../machine/engine.ts';
import type { Image } from '../machine/image.ts';
import { loadKernelSource } from '../machine/kernel-source.ts';
import { bundleGuest } from './guest-bundle.ts';
import { type HostConsole, ownConsole } from './hypervisor/console.ts';
import { Hypervisor } from './hypervisor/hypervisor.ts';
import { People } from './hypervisor/people.ts';
import { type SupervisorLink, supervisorLink } from './hypervisor/supervisor-link.ts';
import { LoggingClient, LoggingServer } from './logging-channel.ts';
import { LOG_PATH } from './logging-connection.ts';
import type { HostOptions } from './supervisor-protocol.ts';
import { newToken, readToken } from './token.ts';

const MIB = 1024 * 1024;

/** Runs a host until it ends; resolves with its exit code. Rejects with a TandemError when it cannot begin. */
export async function runHost(options: HostOptions): Promise<number> {
  let hypervisor: Hypervisor | undefined;
  const link = options.supervised
    ? supervisorLink({
        said: (message) => hypervisor?.said(message),
        gone: () => process.exit(1),
      })
    : undefined;
  const people = new People(link);
  try {
    return await new Promise<number>((resolve, reject) => {
      begin(options, people, link, resolve, (started) => {
        hypervisor = started;
      }).catch(reject);
    });
  } catch (error) {
    if (link !== undefined && error instanceof TandemError) {
      link.tell({ type: 'halt', reason: error.message, code: error.code, mend: error.mend });
    }
    throw error;
  } finally {
    await link?.flushed();
  }
}

async function begin(
  options: HostOptions,
  people: People,
  link: SupervisorLink | undefined,
  exit: (code: number) => void,
  started: (hypervisor: Hypervisor) => void,
): Promise<void> {
  const token = options.tokenFile === undefined ? newToken() : readToken(options.tokenFile);
  let hypervisor: Hypervisor | undefined;
  const server = new LoggingServer(
    { ...options.logListen, token },
    {
      connected: (connection) => {
        if (hypervisor === undefined) connection.close(1013, 'this host is still booting');
        else hypervisor.adopt(connection);
      },
      log: (line) => people.log('warning', line),
    },
  );
  const { address, port, family } = await server.listen();
  const loggingUrl = `ws://${family === 'IPv6' ? `[${address}]` : address}:${port}${LOG_PATH}`;
  people.tell(
    { type: 'up', pid: process.pid, role: options.role, loggingUrl },
    `logging channel ${loggingUrl}`,
  );
  const bundle = await bundleGuest(options.program);
  const arbiter = await openArbiter(options.arbiter, options.vm);
  const engine = loadEngine();
  const image: Image = {
    engineSha256: engine.sha256,
    kernel: loadKernelSource(),
    guest: bundle.source,
    guestName: bundle.name,
    limits: {
      memoryInitialBytes: limits.machineInitialBytes,
      memoryMaximumBytes: options.memoryMib * MIB,
      guestStackBytes: limits.guestStackBytes,
      firstInterruptiblePoll: limits.firstInterruptiblePoll,
    },
  };
  const console: HostConsole =
    link === undefined
      ? ownConsole((through) => hypervisor?.printed(through))
      : { print: (ordinal, stream, text) => link.tell({ type: 'console', ordinal, stream, text }) };
  hypervisor = new Hypervisor(
    {
      host: options,
      engine,
      image,
      bundle,
      arbiter,
      people,
      console,
      loggingUrl,
      exit: (code) => {
        server.close('this host has ended');
        void arbiter.close().then(() => exit(code));
      },
    },
    () => {
      if (options.join !== undefined && hypervisor !== undefined) join(options.join, token, hypervisor);
    },
  );
  started(hypervisor);
  stopOnTrouble(hypervisor, link === undefined);
}

/** One attempt; a backup that cannot reach its primary is of no use, and says so. */
function join(url: string, token: string, hypervisor: Hypervisor): void {
  const peer = `backup-${process.pid}`;
  new LoggingClient(
    { url, token, peer },
    {
      connected: (connection) => hypervisor.adopt(connection),
      failed: (end) => hypervisor.failStop(`cannot join the primary at ${url}: ${end.reason}`),
    },
  );
}

/** What nobody expected stops the host; on its own it also ends on Ctrl-C. */
function stopOnTrouble(hypervisor: Hypervisor, isOnItsOwn: boolean): void {
  process.on('uncaughtException', (error) => hypervisor.failStop(`${error.name}: ${error.message}`));
  process.on('unhandledRejection', (reason) => hypervisor.failStop(String(reason)));
  if (!isOnItsOwn) return;
  process.once('SIGINT', () => hypervisor.stop('interrupted'));
  process.once('SIGTERM', () => hypervisor.stop('terminated'));
}
