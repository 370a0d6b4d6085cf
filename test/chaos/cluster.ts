/**
 * Hosts in a lab: real `tandem host` processes, each in a network of its own, followed by what
 * they say. One is the first primary; all others, and all that replace them, are spares that
 * know every address and nothing else.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, CLI, program } from '../support/children.ts';
import { type Answer, ask } from '../support/processes-client.ts';
import { HOST_NODES, type HostNode, type Lab } from './lab.ts';
import type { HostStory } from './lives.ts';
import type { Door } from './load.ts';
import { SlowWire } from './slow-wire.ts';
import { isServing, type StatusLine, statusIn } from './status.ts';

const CLIENT_PORT = 8080;
const LOG_PORT = 7000;
const ADMIN_PORT = 8081;

export interface ClusterOptions {
  readonly lab: Lab;
  readonly arbiter: string;
  /** For the token and the like. */
  readonly directory: string;
  readonly suspectMs?: number;
  /** Where hosts run; h1 and h2 without. */
  readonly nodes?: readonly HostNode[];
  /** Spares reach others through a slow wire in their own network. */
  readonly slowWires?: boolean;
}

/** Nothing is missing. */
export interface Trio {
  readonly primary: LabHost;
  readonly backup: LabHost;
  readonly spare: LabHost;
}

/** One host process, from its start to its end. */
export class LabHost implements HostStory {
  readonly name: string;
  readonly node: HostNode;
  readonly child: Child;
  /** Its end, if it came, was ours. */
  isKilled = false;
  readonly #statuses: StatusLine[] = [];
  #read = 0;

  constructor(name: string, node: HostNode, command: readonly string[]) {
    this.name = name;
    this.node = node;
    this.child = new Child(name, command);
  }

  /** All its status lines so far. */
  get statuses(): readonly StatusLine[] {
    const { all } = this.child.stderr;
    for (; this.#read < all.length; this.#read += 1) {
      const status = statusIn(all[this.#read]?.text ?? '');
      if (status !== undefined) this.#statuses.push(status);
    }
    return this.#statuses;
  }

  get lines(): readonly string[] {
    return this.child.stderr.texts;
  }

  get exit(): HostStory['exit'] {
    return this.child.exit;
  }

  get status(): StatusLine | undefined {
    return this.statuses.at(-1);
  }

  get isAlive(): boolean {
    return this.child.exit === undefined && !this.isKilled;
  }

  get isServing(): boolean {
    return this.isAlive && this.status !== undefined && isServing(this.status);
  }

  is(status: string): boolean {
    return this.isAlive && this.status?.status === status;
  }

  /** Waits for a line from index `from` on. */
  async says(what: RegExp, from = 0): Promise<string> {
    return (await this.child.stderr.waitFor(`${what}`, (text) => what.test(text), from)).text;
  }

  /** Lines that it has said from index `from` on. */
  said(what: RegExp, from = 0): readonly string[] {
    return this.child.stderr.texts.slice(from).filter((text) => what.test(text));
  }

  /** Lines from now on are those from this index on. */
  get now(): number {
    return this.child.stderr.all.length;
  }

  /** Waits until a status line of its future, or its last one, is like this. */
  reaches(what: string, isIt: (status: StatusLine) => boolean): Promise<StatusLine> {
    let next = Math.max(0, this.statuses.length - 1);
    return this.child.stderr.watch(`${this.name} ${what}`, () => {
      for (; next < this.statuses.length; next += 1) {
        const status = this.statuses[next];
        if (status !== undefined && isIt(status)) return status;
      }
      return undefined;
    });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }

  async kill(): Promise<void> {
    this.isKilled = true;
    await this.child.sweep();
  }
}

export class Cluster {
  /** All that ever were. */
  readonly hosts: LabHost[] = [];
  readonly wires = new Map<HostNode, SlowWire>();
  readonly #options: ClusterOptions;
  readonly #vm = `vm-${randomUUID()}`;
  readonly #token = randomUUID();
  readonly #tokenFile: string;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#tokenFile = join(options.directory, `token-${this.#vm}`);
    writeFileSync(this.#tokenFile, `${this.#token}\n`, { mode: 0o600 });
  }

  get #nodes(): readonly HostNode[] {
    return this.#options.nodes ?? ['h1', 'h2'];
  }

  get lab(): Lab {
    return this.#options.lab;
  }

  get doors(): readonly Door[] {
    return HOST_NODES.map((name) => ({ name, url: `http://${this.lab.address(name)}:${CLIENT_PORT}` }));
  }

  /** The host that serves, by its own word. */
  get live(): LabHost | undefined {
    return this.hosts.find((host) => host.isServing);
  }

  /** The host that now runs on this node. */
  on(node: HostNode): LabHost | undefined {
    return this.hosts.findLast((host) => host.node === node && host.isAlive);
  }

  /**
   * A primary that is complete, its backup and a spare that waits with it;
   * undefined while something is missing.
   */
  get trio(): Trio | undefined {
    const alive = this.hosts.filter(({ isAlive }) => isAlive);
    const [primary, ...kings] = alive.filter(({ isServing }) => isServing);
    const [backup] = alive.filter((host) => host.is('following'));
    const [spare] = alive.filter((host) => host.is('waiting'));
    const isWhole = alive.length === HOST_NODES.length && kings.length === 0 && primary?.is('protected');
    if (!isWhole || primary === undefined || backup === undefined || spare === undefined) return undefined;
    return { primary, backup, spare };
  }

  /** As an init system does: where no host runs, one is started, which finds its place by itself. */
  async startMissing(): Promise<readonly LabHost[]> {
    const started: LabHost[] = [];
    for (const node of this.#nodes) {
      if (this.on(node) === undefined) started.push(await this.#startSpare(node));
    }
    return started;
  }

  /** A complete pair: the first primary on h1 and whichever of the others it took. */
  async startPair(): Promise<{ readonly primary: LabHost; readonly backup: LabHost }> {
    const primary = this.#start('h1', ['--role', 'primary', '--await-backup']);
    const spares = await this.startMissing();
    await primary.says(/ready as primary/);
    const backup = await Promise.race(spares.map((spare) => spare.says(/ready as backup/).then(() => spare)));
    return { primary, backup };
  }

  /** Asks a host's admin port, from the clients' network; orders are POST. */
  admin(host: LabHost, method: 'GET' | 'POST', path: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.#token}` };
    return ask(`http://${this.lab.address(host.node)}:${ADMIN_PORT}${path}`, { method, headers });
  }

  /** What each host has said; the texts of files. */
  get logs(): readonly { readonly name: string; readonly text: string }[] {
    return this.hosts.map(({ name, child }) => {
      const end = child.exit === undefined ? '' : `exit ${child.exit.code ?? child.exit.signal}\n`;
      return { name: `${name}.log`, text: `${child.stderr.texts.join('\n')}\n${end}` };
    });
  }

  async end(): Promise<void> {
    const hosts = this.hosts.filter(({ child }) => child.exit === undefined);
    await Promise.all(hosts.map((host) => host.kill()));
    await Promise.all([...this.wires.values()].map((wire) => wire.end()));
    await this.lab.mend();
  }

  async #startSpare(node: HostNode): Promise<LabHost> {
    const { lab, slowWires, directory } = this.#options;
    // The same list for every host, itself included; a slow wire leads to others only.
    let urls = this.#nodes.map((to) => `ws://${lab.address(to)}:${LOG_PORT}`);
    if (slowWires === true) {
      const wire = this.wires.get(node) ?? (await SlowWire.start(lab, node, LOG_PORT, directory));
      this.wires.set(node, wire);
      urls = this.#nodes.filter((to) => to !== node).map((to) => wire.urlTo(to));
    }
    return this.#start(node, ['--role', 'spare', '--join', urls.join(',')]);
  }

  #start(node: HostNode, words: readonly string[]): LabHost {
    const { lab, arbiter, suspectMs } = this.#options;
    const command = [
      ...lab.inside(node),
      ...[process.execPath, CLI, 'host'],
      ...['--program', program('bank.js'), '--vm', this.#vm, '--arbiter', arbiter],
      ...['--address', lab.address(node), '--port', `${CLIENT_PORT}`],
      ...['--log-listen', `${lab.address(node)}:${LOG_PORT}`, '--token-file', this.#tokenFile],
      ...['--admin', `${lab.address(node)}:${ADMIN_PORT}`],
      ...(suspectMs === undefined ? [] : ['--suspect-ms', `${suspectMs}`]),
      ...words,
    ];
    const host = new LabHost(`${node}.${this.hosts.length + 1}`, node, command);
    this.hosts.push(host);
    return host;
  }
}
