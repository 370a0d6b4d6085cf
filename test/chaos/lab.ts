/**
 * A network for trying out faults: hosts and an arbiter in network namespaces of their own (ip-netns(8)),
 * joined by a bridge in one more namespace, the clients outside. It needs root and iproute2; where the kernel
 * or the rights refuse, {@link openLab} says why.
 *
 * How a fault is made. A one-way cut: the sender is told a wrong hardware address for the receiver, so that
 * the frames go out and nobody takes them; no error tells anybody, as with a broken cable. A pulled plug:
 * the port of the switch goes down, and the kernel knows. Loss at random: nftables, where there are; they
 * are asked for by {@link Lab.canLose}.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { signal } from '../support/children.ts';

export const HOST_NODES = ['h1', 'h2', 'h3'] as const;
export type HostNode = (typeof HOST_NODES)[number];
export type Node = HostNode | 'arbiter';

const NODES: readonly Node[] = [...HOST_NODES, 'arbiter'];
const NUMBER: Readonly<Record<Node | 'clients', number>> = { h1: 1, h2: 2, h3: 3, arbiter: 9, clients: 254 };
/** Of RFC 2544: for benchmarks between machines, so on no other network. */
const NETWORKS = ['198.18', '198.19'] as const;
const NAMESPACE = /^tandem-(\d+)-\w+$/;
const NAMESPACES = '/run/netns';

const hardwareAddress = (node: Node | 'clients'): string =>
  `02:54:4d:00:00:${NUMBER[node].toString(16).padStart(2, '0')}`;
/** Nobody's. */
const NOWHERE = '02:54:4d:ff:ff:ff';

/** Runs a command; rejects with what it said on stderr. */
function command(file: string, words: readonly string[], input = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, words, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`${file} ${words.join(' ')}: ${stderr.trim() || error.message}`));
    });
    child.stdin?.on('error', () => undefined).end(input);
  });
}

const ip = (...words: readonly string[]): Promise<void> => command('ip', words);

export class Lab {
  readonly #id: string;
  readonly #network: string;
  readonly #losing = new Map<Node, Map<Node, number>>();
  /** What is not as it was built. */
  readonly #cuts = new Set<`${Node} ${Node}`>();
  readonly #unplugged = new Set<Node>();
  #canLose = false;
  readonly #lastResort = (): void => removeNamespaces((owner) => owner === process.pid);

  private constructor(id: string, network: string) {
    this.#id = id;
    this.#network = network;
    process.once('exit', this.#lastResort);
  }

  /** Whether the kernel drops packets at random when asked to. */
  get canLose(): boolean {
    return this.#canLose;
  }

  static async open(): Promise<Lab> {
    removeNamespaces((owner) => !existsSync(`/proc/${owner}`));
    const lab = new Lab(`tandem-${process.pid}`, await freeNetwork());
    try {
      await lab.#build();
    } catch (error) {
      await lab.close();
      throw error;
    }
    lab.#canLose = await lab.#lose('h1', 'h2', 1).then(
      () => true,
      () => false,
    );
    await lab.mend();
    return lab;
  }

  address(node: Node | 'clients'): string {
    return `${this.#network}.${NUMBER[node]}`;
  }

  /** The words before a command that shall run there. */
  inside(node: Node): readonly string[] {
    return ['ip', 'netns', 'exec', this.#namespace(node)];
  }

  /** Nothing from one to the other arrives any more; the other way is untouched. */
  async cut(from: Node, to: Node): Promise<void> {
    this.#cuts.add(`${from} ${to}`);
    await this.#neighbour(from, to, NOWHERE);
  }

  async join(from: Node, to: Node): Promise<void> {
    await this.#neighbour(from, to, hardwareAddress(to));
    this.#cuts.delete(`${from} ${to}`);
  }

  async cutBoth(one: Node, other: Node): Promise<void> {
    await Promise.all([this.cut(one, other), this.cut(other, one)]);
  }

  async joinBoth(one: Node, other: Node): Promise<void> {
    await Promise.all([this.join(one, other), this.join(other, one)]);
  }

  /** The cable to the switch, for everybody, clients too. */
  async plug(node: Node, state: 'in' | 'out'): Promise<void> {
    if (state === 'out') this.#unplugged.add(node);
    else this.#unplugged.delete(node);
    await ip('-n', this.#namespace('switch'), 'link', 'set', node, state === 'in' ? 'up' : 'down');
  }

  /** So many of a hundred packets, 0 to 99, are dropped on their way. Only where {@link canLose}. */
  async lose(from: Node, to: Node, percent: number): Promise<void> {
    await this.#lose(from, to, percent);
  }

  /** Everything is as it was when it was built. */
  async mend(): Promise<void> {
    const cuts = [...this.#cuts].map((cut) => cut.split(' ') as [Node, Node]);
    await Promise.all([
      ...[...this.#unplugged].map((node) => this.plug(node, 'in')),
      ...cuts.map(([from, to]) => this.join(from, to)),
      ...[...this.#losing.keys()].map((to) => this.#applyLoss(to, new Map())),
    ]);
    this.#losing.clear();
  }

  async close(): Promise<void> {
    process.off('exit', this.#lastResort);
    this.#lastResort();
  }

  async #build(): Promise<void> {
    const hub = this.#namespace('switch');
    await ip('netns', 'add', hub);
    await ip('-n', hub, 'link', 'add', 'bridge', 'type', 'bridge');
    await ip('-n', hub, 'link', 'set', 'bridge', 'up');
    for (const node of NODES) await this.#attach(node, this.#namespace(node), 'eth0');
    await this.#attach('clients', undefined, `tdm${process.pid}`);
    for (const node of NODES) {
      for (const other of NODES) if (other !== node) await this.join(node, other);
    }
  }

  /** A cable from the switch; without a namespace it ends outside. */
  async #attach(node: Node | 'clients', namespace: string | undefined, device: string): Promise<void> {
    const hub = this.#namespace('switch');
    const there = namespace === undefined ? [] : ['-n', namespace];
    if (namespace !== undefined) {
      await ip('netns', 'add', namespace);
      await ip(...there, 'link', 'set', 'lo', 'up');
    }
    const end = namespace === undefined ? ['netns', `${process.pid}`] : ['netns', namespace];
    const cable = ['type', 'veth', 'peer', 'name', device, ...end];
    await ip('-n', hub, 'link', 'add', node, ...cable);
    await ip('-n', hub, 'link', 'set', node, 'master', 'bridge', 'up');
    await ip(...there, 'link', 'set', device, 'address', hardwareAddress(node));
    await ip(...there, 'address', 'add', `${this.address(node)}/24`, 'dev', device);
    await ip(...there, 'link', 'set', device, 'up');
  }

  /** Never asked for by ARP, so that a mended network works at once. */
  async #neighbour(from: Node, to: Node, address: string): Promise<void> {
    const entry = [this.address(to), 'lladdr', address, 'dev', 'eth0', 'nud', 'permanent'];
    await ip('-n', this.#namespace(from), 'neighbour', 'replace', ...entry);
  }

  async #lose(from: Node, to: Node, percent: number): Promise<void> {
    const rules = new Map(this.#losing.get(to));
    if (percent === 0) rules.delete(from);
    else rules.set(from, percent);
    this.#losing.set(to, rules);
    await this.#applyLoss(to, rules);
  }

  /** On the receiver's side, where its kernel would take them. */
  async #applyLoss(to: Node, rules: ReadonlyMap<Node, number>): Promise<void> {
    const drops = [...rules].map(
      ([from, percent]) => `ip saddr ${this.address(from)} numgen random mod 100 < ${percent} drop\n`,
    );
    const chain = `chain input {\ntype filter hook input priority 0\n${drops.join('')}}`;
    const table = `table inet lab\ndelete table inet lab\ntable inet lab {\n${chain}\n}\n`;
    await command('ip', ['netns', 'exec', this.#namespace(to), 'nft', '-f', '-'], table);
  }

  #namespace(node: Node | 'switch'): string {
    return `${this.#id}-${node}`;
  }
}

/** A network that no interface of this machine has. */
async function freeNetwork(): Promise<string> {
  const taken = execFileSync('ip', ['-4', 'address', 'show'], { encoding: 'utf8' });
  for (let offset = 0; offset < 256 * NETWORKS.length; offset += 1) {
    const number = (process.pid + offset) % (256 * NETWORKS.length);
    const network = `${NETWORKS[number >> 8] ?? NETWORKS[0]}.${number & 255}`;
    if (!taken.includes(` ${network}.`)) return network;
  }
  throw new Error('no network is free');
}

/**
 * Ends what runs in the namespaces of a lab, and removes them. At once, because a
 * process that ends can wait for nothing.
 */
function removeNamespaces(isMeant: (owner: number) => boolean): void {
  if (!existsSync(NAMESPACES)) return;
  for (const name of readdirSync(NAMESPACES)) {
    const owner = NAMESPACE.exec(name)?.[1];
    if (owner === undefined || !isMeant(Number(owner))) continue;
    try {
      const pids = execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
      for (const pid of pids.split('\n').filter((line) => line !== '')) signal(Number(pid), 'SIGKILL');
      execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
    } catch {
      // Somebody else was faster.
    }
  }
}

/** A lab, or why there is none here. */
export async function openLab(): Promise<{ readonly lab: Lab } | { readonly reason: string }> {
  if (process.platform !== 'linux') return { reason: 'network namespaces are of Linux' };
  if (process.getuid?.() !== 0) return { reason: 'network namespaces are made by root' };
  try {
    return { lab: await Lab.open() };
  } catch (error) {
    return { reason: `no network namespaces here: ${error instanceof Error ? error.message : error}` };
  }
}
