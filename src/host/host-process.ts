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
import { checkedLoggingUrl, LoggingClient, LoggingServer } from './channel/logging-channel.ts';
import { LOG_PATH, type LoggingConnection } from './channel/logging-connection.ts';
import { newToken, readToken } from './channel/token.ts';
import { bundleGuest } from './guest-bundle.ts';
import { type HostConsole, ownConsole } from './hypervisor/console.ts';
import { Hypervisor } from './hypervisor/hypervisor.ts';
import { People } from './hypervisor/people.ts';
import { type SupervisorLink, supervisorLink } from './hypervisor/supervisor-link.ts';
import type { HostOptions } from './supervisor/protocol.ts';

const MIB = 1024 * 1024;

/** Runs a host until it ends; resolves with its exit code. Rejects with a TandemError when it cannot begin. */
export async function runHost(options: HostOptions): Promise<number> {
  let hypervisor: Hypervisor | undefined;
  const link = options.supervised
    ? supervisorLink({
        said: (message) => {
          if (hypervisor !== undefined) hypervisor.said(message);
          // Nothing has begun that would have to end in good order.
          else if (message.type === 'stop') process.exit(0);
        },
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
    if (link === undefined || !(error instanceof TandemError)) throw error;
    link.tell({ type: 'halt', reason: error.message, code: error.code, mend: error.mend });
    return error.exitCode;
  } finally {
    await link?.flushed();
    link?.close();
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
  if (options.join !== undefined) checkedLoggingUrl(options.join);
  const visitors = new Visitors();
  const server = new LoggingServer(
    { ...options.logListen, token },
    {
      connected: (connection) => visitors.came(connection),
      log: (line) => people.log('warning', line),
    },
  );
  const { address, port, family } = await server.listen();
  const loggingUrl = `ws://${family === 'IPv6' ? `[${address}]` : address}:${port}${LOG_PATH}`;
  people.tell(
    { type: 'up', pid: process.pid, role: options.role, loggingUrl },
    `logging channel ${loggingUrl}`,
  );
  try {
    const channel = { server, visitors, token, loggingUrl };
    const hypervisor = await boot(options, people, link, channel, exit);
    started(hypervisor);
    stopOnTrouble(hypervisor, link === undefined);
  } catch (error) {
    // A server that listens would keep this process alive.
    server.close('this host cannot begin');
    throw error;
  }
}

/** This host's end of the logging channel. */
interface Channel {
  readonly server: LoggingServer;
  readonly visitors: Visitors;
  readonly token: string;
  readonly loggingUrl: string;
}

async function boot(
  options: HostOptions,
  people: People,
  link: SupervisorLink | undefined,
  { server, visitors, token, loggingUrl }: Channel,
  exit: (code: number) => void,
): Promise<Hypervisor> {
  const bundle = await bundleGuest(options.program);
  const arbiter = await openArbiter(options.arbiter, options.vm);
  for (const { level, text } of arbiter.notes) people.log(level, text);
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
      ? ownConsole((through) => hypervisor.printed(through))
      : { print: (ordinal, stream, text) => link.tell({ type: 'console', ordinal, stream, text }) };
  const hypervisor = new Hypervisor(
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
      if (options.join !== undefined) join(options.join, token, hypervisor);
      visitors.welcome((connection) => hypervisor.adopt(connection));
    },
  );
  return hypervisor;
}

/** A backup may boot faster than its primary: peers that come before the machine stands wait at the door, with what they say. */
class Visitors {
  readonly #waiting: LoggingConnection[] = [];
  #adopt: ((connection: LoggingConnection) => void) | undefined;

  came(connection: LoggingConnection): void {
    if (this.#adopt !== undefined) {
      this.#adopt(connection);
      return;
    }
    connection.pause();
    this.#waiting.push(connection);
  }

  /** From now on `adopt` takes each of them at once. */
  welcome(adopt: (connection: LoggingConnection) => void): void {
    this.#adopt = adopt;
    for (const connection of this.#waiting.splice(0)) {
      adopt(connection);
      connection.resume();
    }
  }
}

/** One attempt; a backup that cannot reach its primary is of no use, and says so. */
function join(url: string, token: string, hypervisor: Hypervisor): void {
  const peer = `backup-${process.pid}`;
  new LoggingClient(
    { url, token, peer },
    {
      connected: (connection) => hypervisor.adopt(connection),
      failed: (end) => {
        const hint = end.kind === 'refused' && end.status === 401 ? ' (this host shows another token)' : '';
        hypervisor.failStop(`cannot join the primary at ${url}: ${end.reason}${hint}`);
      },
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
