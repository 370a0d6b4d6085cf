/**
 * One host process, from its options to its exit code: loads the guest, listens for its peers, and lives
 * (host-lives.ts). Whatever goes wrong stops the host with a reason (I9).
 */
import { openArbiter } from '../arbiter/arbiter.ts';
import { ordinal } from '../base/brands.ts';
import { TandemError } from '../base/errors.ts';
import { type Engine, loadEngine } from '../machine/engine.ts';
import { type Kernel, loadKernel } from '../machine/kernel-source.ts';
import { standardImage } from '../machine/standard-image.ts';
import { checkedLoggingUrl, LoggingServer } from './channel/logging-channel.ts';
import { LOG_PATH } from './channel/logging-connection.ts';
import { newToken, readToken } from './channel/token.ts';
import { Visitors } from './channel/visitors.ts';
import { bundleGuest, type GuestBundle } from './guest/bundle.ts';
import { readGuest } from './guest/file.ts';
import { HostLives } from './host-lives.ts';
import { type HostConsole, ownConsole } from './hypervisor/console.ts';
import { clientUrl } from './hypervisor/core-config.ts';
import { HostAdmin } from './hypervisor/host-admin.ts';
import { LiveUrl } from './hypervisor/live-url.ts';
import { People } from './hypervisor/people.ts';
import { type SupervisorLink, supervisorLink } from './hypervisor/supervisor-link.ts';
import { type AdminServer, startAdminServer } from './supervisor/admin.ts';
import type { HostOptions, SupervisorMessage } from './supervisor/protocol.ts';
import { bindClientSocket } from './supervisor/socket.ts';
import { VcpuThreads } from './vcpu/vcpu-threads.ts';
import { kernelFor } from './vcpu/warm-up.ts';

const MIB = 1024 * 1024;

/**
 * Runs a host until it ends; resolves with its exit code. Rejects with a TandemError when it cannot begin.
 */
export async function runHost(options: HostOptions): Promise<number> {
  let lives: HostLives | undefined;
  const early: SupervisorMessage[] = [];
  const link = options.supervised
    ? supervisorLink({
        said: (message) => {
          if (lives !== undefined) lives.said(message);
          // Nothing has begun that would have to end in good order.
          else if (message.type === 'stop') process.exit(0);
          else early.push(message);
        },
        gone: () => process.exit(1),
      })
    : undefined;
  const admin = options.admin === undefined ? undefined : new HostAdmin(options, ordinal(0));
  const people = new People(link, (message, words) => admin?.heard(message, words));
  try {
    return await new Promise<number>((resolve, reject) => {
      begin(options, { people, link, admin }, resolve, (started) => {
        lives = started;
        for (const message of early.splice(0)) lives.said(message);
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

/** Whom this host talks to. */
interface Company {
  readonly people: People;
  readonly link: SupervisorLink | undefined;
  readonly admin: HostAdmin | undefined;
}

async function begin(
  options: HostOptions,
  company: Company,
  exit: (code: number) => void,
  started: (lives: HostLives) => void,
): Promise<void> {
  const { people, link } = company;
  const token = options.tokenFile === undefined ? newToken() : readToken(options.tokenFile);
  for (const url of options.join) checkedLoggingUrl(url);
  const visitors = new Visitors();
  const server = new LoggingServer(
    { ...options.logListen, token },
    {
      connected: (connection, path) => visitors.came(connection, path),
      log: (line) => people.log('warning', line),
    },
  );
  const { address, port, family } = await server.listen();
  const loggingUrl = `ws://${family === 'IPv6' ? `[${address}]` : address}:${port}${LOG_PATH}`;
  people.tell(
    { type: 'up', pid: process.pid, role: options.role, loggingUrl },
    `logging channel ${loggingUrl}`,
  );
  let door: AdminServer | undefined;
  try {
    door = await openAdmin(options, company, token);
    const closed = async (code: number): Promise<void> => {
      await door?.close();
      exit(code);
    };
    const channel: Channel = { server, visitors, token, loggingUrl };
    const lives = await prepare(options, company, channel, (code) => void closed(code));
    started(lives);
    stopOnTrouble(lives, link === undefined);
    lives.begin();
  } catch (error) {
    // A server that listens would keep this process alive.
    server.close('this host cannot begin');
    await door?.close();
    throw error;
  }
}

async function openAdmin(
  { admin: at, tokenFile }: HostOptions,
  { admin, people }: Company,
  token: string,
): Promise<AdminServer | undefined> {
  if (admin === undefined || at === undefined) return undefined;
  const shown = tokenFile === undefined ? undefined : token;
  const server = await startAdminServer(admin, { ...at, flag: '--admin', token: shown });
  admin.url = server.url;
  people.log('info', `admin port ${server.url}`);
  return server;
}

/** This host's end of the logging channel. */
interface Channel {
  readonly server: LoggingServer;
  readonly visitors: Visitors;
  readonly token: string;
  readonly loggingUrl: string;
}

/** Everything that all lives of this host share. */
async function prepare(
  host: HostOptions,
  { people, link, admin }: Company,
  { server, visitors, token, loggingUrl }: Channel,
  exit: (code: number) => void,
): Promise<HostLives> {
  const threads = new VcpuThreads();
  threads.prepare();
  const { bundle, engine, kernel } = await load(host, people);
  if (bundle.mayServe) tryClientsPort(host, people);
  const arbiter = await openArbiter(host.arbiter, host.vm);
  for (const { level, text } of arbiter.notes) people.log(level, text);
  const image = standardImage(engine, kernelFor(kernel, host.role, bundle.mayServe), bundle, {
    memoryMaximumBytes: host.memoryMib * MIB,
    replyMaximumBytes: host.idempotencyMib * MIB,
    replyLifetimeMs: host.idempotencyTtlMs,
  });
  const console: HostConsole =
    link === undefined
      ? ownConsole(
          (through) => {
            admin?.printed(through);
            lives.printed(through);
          },
          (text) => people.log('warning', text),
        )
      : {
          print: (ordinal, stream, text) => link.tell({ type: 'console', ordinal, stream, text }),
          idle: async () => {},
        };
  const lives: HostLives = new HostLives({
    hypervisor: { host, engine, image, threads, bundle, arbiter, people, console, loggingUrl },
    token,
    visitors,
    exit: (code) => {
      server.close('this host has ended');
      void arbiter.close().then(() => exit(code));
    },
  });
  const liveUrl = new LiveUrl(arbiter, host.vm, clientUrl(host) ?? '');
  admin?.attach(lives, () => liveUrl.get());
  return lives;
}

interface Loaded {
  readonly bundle: GuestBundle;
  readonly engine: Engine;
  readonly kernel: Kernel;
}

/** The machine's parts are read and compiled here while the bundler, another process, is at work. */
async function load({ bundle: file, program }: HostOptions, people: People): Promise<Loaded> {
  const noBoot = (why: string): void =>
    people.log('warning', `starts slowly without dist/kernel.boot: ${why}; make it with: npm run build`);
  const bundling = async (): Promise<GuestBundle> =>
    file === undefined ? await bundleGuest(program) : readGuest(file);
  const machine = async (): Promise<Omit<Loaded, 'bundle'>> => ({
    engine: loadEngine(),
    kernel: loadKernel(noBoot),
  });
  const [bundle, parts] = await Promise.all([bundling(), machine()]);
  return { bundle, ...parts };
}

/**
 * Whether clients could come in here. A new primary must know before it claims the VM's first
 * epoch: that id could never be used for a start again. Another host's port may become free before
 * it goes live, when the primary has it now.
 */
function tryClientsPort({ clients, role }: HostOptions, people: People): void {
  if ('fds' in clients) return;
  try {
    bindClientSocket(clients.address, clients.port).close();
  } catch (error) {
    if (role === 'primary' || !(error instanceof TandemError)) throw error;
    people.log('warning', `${error.message}: if it still is when this host goes live, it cannot serve`);
  }
}

/** What nobody expected stops the host; on its own it also ends on Ctrl-C. */
function stopOnTrouble(lives: HostLives, isOnItsOwn: boolean): void {
  process.on('uncaughtException', (error) => lives.failStop(`${error.name}: ${error.message}`));
  process.on('unhandledRejection', (reason) => lives.failStop(String(reason)));
  if (!isOnItsOwn) return;
  // Nobody reads what this host says about itself: no reason to lose the machine.
  process.stderr.on('error', () => {});
  process.once('SIGINT', () => lives.stop('interrupted'));
  process.once('SIGTERM', () => lives.stop('terminated'));
}
