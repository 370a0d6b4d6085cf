/**
 * The slow wires of a lab, one process in each host's network: starts them and
 * tells them what to do. See relay.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../support/children.ts';
import { HOST_NODES, type HostNode, type Lab } from './lab.ts';
import type { RelayOrder } from './relay.ts';

/** On each host: its wire to the host with this number. */
const FIRST_PORT = 7100;

export class SlowWire {
  readonly #child: ChildProcess;
  readonly #node: HostNode;

  private constructor(child: ChildProcess, node: HostNode) {
    this.#child = child;
    this.#node = node;
  }

  /** The wire of this host to the logging ports of all the others; `directory` is for its program. */
  static async start(lab: Lab, node: HostNode, logPort: number, directory: string): Promise<SlowWire> {
    const file = join(directory, `relay-${node}.mjs`);
    const entry = join(root, 'test/chaos/relay.ts');
    await build({ entryPoints: [entry], outfile: file, bundle: true, platform: 'node', format: 'esm' });
    const routes = others(node).map((to) => `${portTo(to)}=${lab.address(to)}:${logPort}`);
    const [command = '', ...words] = [...lab.inside(node), process.execPath, file, ...routes];
    const child = spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    return new SlowWire(child, node);
  }

  /** For a backup on this host: the logging port of another, at the other end of the wire. */
  urlTo(to: HostNode): string {
    if (to === this.#node) throw new Error(`${to} needs no wire to itself`);
    return `ws://127.0.0.1:${portTo(to)}`;
  }

  /** Resolves when it is so. */
  async order(order: RelayOrder): Promise<void> {
    const done = once(this.#child, 'message');
    this.#child.send(order);
    await done;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

const others = (node: HostNode): readonly HostNode[] => HOST_NODES.filter((other) => other !== node);
const portTo = (node: HostNode): number => FIRST_PORT + HOST_NODES.indexOf(node) + 1;
