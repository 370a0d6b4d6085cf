/**
 * What the two threads of a host say to each other over the rings: kinds, and the bytes of
 * those that carry more than two numbers.
 */
import { limits } from '../../base/limits.ts';
import type { StoredBoot } from '../../machine/boot-record.ts';
import type { ImageLimits } from '../../machine/image-limits.ts';
import type { Output, OutputKind } from '../../machine/traps.ts';
import type { RecordingPolicy } from '../../session/ports.ts';
import type { GuestText } from '../guest/bundle.ts';

/** Hypervisor to vCPU. */
export const TO_VCPU = {
  /**
   * first: position of the first entry; second: number of entries; bytes:
   * the entries. A backup executes them.
   */
  entries: 1,
  /** bytes: an interrupt's payload. */
  input: 2,
  /** The guest program may begin. */
  startGuest: 3,
  /**
   * first: epoch, negative when connections were kept; second: what added to this host's time gives a guest
   * time that has certainly been reached, or -Infinity.
   */
  goLive: 4,
  /** Somebody wishes for the checkpoint (control.ts): wakes a vCPU that waits for inputs. */
  takeCheckpoint: 5,
  /** The copy in the checkpoint buffer is not needed any more. */
  dropCheckpoint: 9,
  /** bytes: an encoded InstallOrder; the checkpoint buffer holds the pages. */
  installCheckpoint: 6,
  /** Make a hash point now. */
  hashPoint: 7,
  /** End the thread. */
  stop: 8,
  /** first: bytes that the memory may grow to; 0 asks for the present limits only. */
  changeLimits: 10,
  /** The machine ends its life in good order (FT §3.3). */
  powerOff: 11,
  /** Behind what was delivered: hand over, execute nothing more until one of the next two (FT §3.3). */
  yield: 12,
  resume: 13,
  /** Another host records from here on. */
  followLog: 14,
} as const;

/** vCPU to hypervisor. */
export const FROM_VCPU = {
  /** bytes: boot hash and image digest in hexadecimal, then the page hashes. */
  booted: 1,
  /** first: number of entries; second: position of the last; bytes: the entries. */
  recorded: 2,
  /** first: ordinal; second: position it waits for; bytes: an encoded output. */
  output: 3,
  /** first: position executed. */
  replayed: 4,
  /** first: position; bytes: state hash in hexadecimal. */
  hashChecked: 5,
  /** first: position at which the log was used up; second: ordinal of the last output. */
  wentLive: 6,
  /** bytes: an encoded CheckpointTaken. */
  checkpointTaken: 7,
  /** bytes: state hash in hexadecimal. */
  checkpointInstalled: 8,
  /** bytes: JSON of a Divergence. */
  diverged: 9,
  /** bytes: the reason. The thread is gone. */
  failed: 10,
  /** first: one of kernel/abi's PROGRAM. */
  program: 11,
  /** first: position of the base, which has moved there. */
  baseKept: 12,
  /** first: position of the entry; bytes: JSON of MemoryLimits. */
  limitsChanged: 13,
  /** first: position of the machine's last hash; it executes nothing more. */
  stopped: 14,
  /** first: position; second: guest time. */
  yielded: 15,
} as const;

/** What the machine's memory may grow to, and what it has. */
export interface MemoryLimits {
  readonly memoryMaximumBytes: number;
  readonly memoryBytes: number;
}

/** Given to the thread when it starts. */
export interface VcpuSettings {
  readonly engine: { readonly sha256: string; readonly module: WebAssembly.Module };
  readonly kernel: string;
  readonly guest: string;
  readonly guestName: string;
  readonly limits: ImageLimits;
  readonly boot: StoredBoot | undefined;
  readonly policy: RecordingPolicy;
  readonly role: 'recording' | 'replaying';
  readonly toVcpu: SharedArrayBuffer;
  readonly fromVcpu: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  /**
   * The base of the machine's page tree, which is the kept checkpoint: grows with
   * the machine (machine/shared-base.ts).
   */
  readonly checkpoint: SharedArrayBuffer;
  /** Added to this host's clocks: for tests of hosts that disagree about the time. */
  readonly wallOffsetMs: number;
  /** What the vCPU gets of its time, in percent: for tests of hosts that differ in speed. */
  readonly percent: number;
  /** A CPU profile of the guest, and where it is written; null for none. */
  readonly profile: { readonly path: string; readonly guest: GuestText } | null;
}

const OUTPUT_KINDS: readonly OutputKind[] = [
  'response',
  'console',
  'end',
  'begin',
  'chunk',
  'finish',
  'fail',
  'taken',
  'call',
  'socket',
];
const OUTPUT_HEADER_BYTES = 16;

/**
 * kind u8, padding, length of the head u32, subject float64; then head and body follow in the same message.
 */
export function outputHeader(output: Output): Uint8Array {
  const header = new DataView(new ArrayBuffer(OUTPUT_HEADER_BYTES));
  header.setUint8(0, OUTPUT_KINDS.indexOf(output.kind));
  header.setUint32(4, output.head.length, true);
  header.setFloat64(8, output.subject, true);
  return new Uint8Array(header.buffer);
}

/** An output that has left the machine's memory: owns its bytes. */
export interface HeldOutput {
  readonly kind: OutputKind;
  readonly subject: number;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** What an output costs its host while it is held: of a short line most is not text. */
export const heldBytes = ({ head, body }: HeldOutput): number =>
  limits.heldOutputOverheadBytes + head.length + body.length;

/** Keeps `bytes`. */
export function decodeOutput(bytes: Uint8Array): HeldOutput {
  const header = new DataView(bytes.buffer, bytes.byteOffset, OUTPUT_HEADER_BYTES);
  const headLength = header.getUint32(4, true);
  return {
    kind: OUTPUT_KINDS[header.getUint8(0)] ?? 'end',
    subject: header.getFloat64(8, true),
    head: bytes.subarray(OUTPUT_HEADER_BYTES, OUTPUT_HEADER_BYTES + headLength),
    body: bytes.subarray(OUTPUT_HEADER_BYTES + headLength),
  };
}

/** A machine that stood between two turns; its memory is in the checkpoint buffer. */
export interface Checkpoint {
  readonly position: number;
  readonly stateHash: string;
  readonly sizeBytes: number;
  readonly ordinal: number;
  /** Guest time as of the last logged advance. */
  readonly guestClockMs: number;
}

export interface TakenCheckpoint extends Checkpoint {
  /** How long the vCPU stood still for it. */
  readonly pauseMs: number;
}

/** JSON, then the page hashes: the length of the JSON is the message's `first`. */
export function encodeTakenCheckpoint(checkpoint: TakenCheckpoint): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(checkpoint));
}

export function decodeTakenCheckpoint(
  bytes: Uint8Array,
  jsonLength: number,
): { readonly checkpoint: TakenCheckpoint; readonly pageHashes: Uint8Array } {
  const json = new TextDecoder().decode(bytes.subarray(0, jsonLength));
  return { checkpoint: JSON.parse(json) as TakenCheckpoint, pageHashes: bytes.subarray(jsonLength) };
}

export interface InstallOrder {
  readonly position: number;
  readonly sizeBytes: number;
  readonly guestClockMs: number;
  /** Indices of the pages that are in the checkpoint buffer; the others are the booted machine's own. */
  readonly pages: readonly number[];
}
