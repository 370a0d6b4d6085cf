/**
 * A CPU profile of the guest, sampled at polls of the interrupt handler: every 10,000 steps of the
 * engine, wherever the guest is then. Both machines poll at the same places, so a backup has the same
 * profile, and one that goes live has all of it. Times are steps: each sample counts as a
 * millisecond, which is about what it takes.
 *
 * The file is the format of V8's profiler (.cpuprofile), which browsers' developer tools and editors open.
 */
import { messageOf } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { GuestFrame } from '../../machine/guest-stack.ts';
import type { GuestText } from '../guest/bundle.ts';
import { writeWhole } from '../whole-file.ts';
import type { VcpuSettings } from './messages.ts';

const SAMPLE_US = 1_000;

/** For the vCPU thread; null when no profile was asked for. */
export const profileSettings = (
  path: string | undefined,
  { name, source, mayServe, map }: GuestText,
): VcpuSettings['profile'] => (path === undefined ? null : { path, guest: { name, source, mayServe, map } });

interface Node {
  readonly id: number;
  readonly frame: GuestFrame;
  readonly children: Map<GuestFrame, Node>;
  hits: number;
}

const ROOT: GuestFrame = { name: '(root)', script: '', line: 0, column: 0 };

export class Profiler {
  readonly #path: string;
  readonly #locate: (text: string) => string;
  readonly #nodes: Node[] = [];
  readonly #root: Node;
  readonly #samples: number[] = [];
  #isWritten = false;

  /** `locate` leads a frame, `at script:line:column`, to the user's files. */
  constructor(path: string, locate: (text: string) => string) {
    this.#path = path;
    this.#locate = locate;
    this.#root = this.#newNode(ROOT);
  }

  /** Innermost first. Frames of one function are one object. */
  sample(stack: readonly GuestFrame[]): void {
    if (this.#samples.length >= limits.profileSamples) return;
    let node = this.#root;
    for (let index = stack.length - 1; index >= 0; index -= 1) {
      const frame = stack[index] as GuestFrame;
      const next = node.children.get(frame);
      // A guest that recurses in ever new ways keeps the profile it has.
      if (next === undefined && this.#nodes.length >= limits.profileNodes) break;
      node = next ?? this.#child(node, frame);
    }
    node.hits += 1;
    this.#samples.push(node.id);
  }

  /** Once; later calls do nothing. Returns why it could not be written, or undefined. */
  write(): string | undefined {
    if (this.#isWritten) return undefined;
    this.#isWritten = true;
    try {
      writeWhole(this.#path, JSON.stringify(this.profile()));
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  profile(): object {
    return {
      nodes: this.#nodes.map(({ id, frame, children, hits }) => ({
        id,
        callFrame: this.#callFrame(frame),
        hitCount: hits,
        children: [...children.values()].map((child) => child.id),
      })),
      startTime: 0,
      endTime: this.#samples.length * SAMPLE_US,
      samples: this.#samples,
      timeDeltas: this.#samples.map(() => SAMPLE_US),
    };
  }

  #child(parent: Node, frame: GuestFrame): Node {
    const node = this.#newNode(frame);
    parent.children.set(frame, node);
    return node;
  }

  #newNode(frame: GuestFrame): Node {
    const node = { id: this.#nodes.length + 1, frame, children: new Map<GuestFrame, Node>(), hits: 0 };
    this.#nodes.push(node);
    return node;
  }

  #callFrame({ name, script, line, column }: GuestFrame): object {
    const found = /^at (.*):(\d+):(\d+)$/.exec(this.#locate(`at ${script}:${line}:${column}`));
    // Lines and columns are counted from 0 there.
    return {
      functionName: name,
      scriptId: '0',
      url: script === '' ? '' : (found?.[1] ?? script),
      lineNumber: Number(found?.[2] ?? line) - 1,
      columnNumber: Number(found?.[3] ?? column) - 1,
    };
  }
}
