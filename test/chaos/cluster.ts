/** Hosts in a lab: real `tandem host` processes, each in a network of its own, followed by what they say. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, CLI, program } from '../support/children.ts';
import { HOST_NODES, type HostNode, type Lab } from './lab.ts';
import type { Door } from './load.ts';
import { SlowWire } from './slow-wire.ts';
import { isServing, type StatusLine, statusIn } from './status.ts';

const CLIENT_PORT = 8080;
const LOG_PORT = 7000;

export interface ClusterOptions {
  readonly lab: Lab;
  readonly arbiter: string;
  /** For the token and the like. */
  readonly directory: string;
  readonly suspectMs?: number;
  /** Backups join through a slow wire in their own network. */
  readonly slowWires?: boolean;
}

/** One host process, from its start to its end. */
export class LabHost {
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

  get status(): StatusLine | undefined {
    return this.statuses.at(-1);
  }

  get isAlive(): boolean {
    return this.child.exit === undefined && !this.isKilled;
  }

  get isServing(): boolean {
    return this.isAlive && this.status !== undefined && isServing(this.status);
  }

  get isFollowing(): boolean {
    return this.isAlive && this.status?.status === 'following';
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
  readonly #tokenFile: string;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#tokenFile = join(options.directory, `token-${this.#vm}`);
    writeFileSync(this.#tokenFile, `${randomUUID()}\n`, { mode: 0o600 });
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

  /** A node where no host runs; of several, the one that was idle longest. */
  get freeNode(): HostNode | undefined {
    const lastUse = (node: HostNode): number => this.hosts.findLastIndex((host) => host.node === node);
    return HOST_NODES.filter((node) => this.on(node) === undefined).sort(
      (one, other) => lastUse(one) - lastUse(other),
    )[0];
  }

  startPrimary(node: HostNode): LabHost {
    return this.#start(node, ['--role', 'primary', '--await-backup']);
  }

  async startBackup(node: HostNode, primary: LabHost): Promise<LabHost> {
    return this.#start(node, ['--role', 'backup', '--join', await this.#loggingUrl(node, primary.node)]);
  }

  /** A complete pair on h1 and h2. */
  async startPair(): Promise<{ readonly primary: LabHost; readonly backup: LabHost }> {
    const primary = this.startPrimary('h1');
    await primary.says(/logging channel ws:/);
    const backup = await this.startBackup('h2', primary);
    await Promise.all([primary.says(/ready as primary/), backup.says(/ready as backup/)]);
    return { primary, backup };
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

  async #loggingUrl(from: HostNode, to: HostNode): Promise<string> {
    const { lab, slowWires, directory } = this.#options;
    if (slowWires !== true) return `ws://${lab.address(to)}:${LOG_PORT}`;
    const wire = this.wires.get(from) ?? (await SlowWire.start(lab, from, LOG_PORT, directory));
    this.wires.set(from, wire);
    return wire.urlTo(to);
  }

  #start(node: HostNode, words: readonly string[]): LabHost {
    const { lab, arbiter, suspectMs } = this.#options;
    const command = [
      ...lab.inside(node),
      ...[process.execPath, CLI, 'host'],
      ...['--program', program('bank.js'), '--vm', this.#vm, '--arbiter', arbiter],
      ...['--address', lab.address(node), '--port', `${CLIENT_PORT}`],
      ...['--log-listen', `${lab.address(node)}:${LOG_PORT}`, '--token-file', this.#tokenFile],
      ...(suspectMs === undefined ? [] : ['--suspect-ms', `${suspectMs}`]),
      ...words,
    ];
    const host = new LabHost(`${node}.${this.hosts.length + 1}`, node, command);
    this.hosts.push(host);
    return host;
  }
}
