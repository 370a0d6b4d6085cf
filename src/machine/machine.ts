/**
 * The virtual machine: one QuickJS instance whose whole state is its linear memory (FT §2.1). Interrupts go
 * in, hypercalls come out, everything nondeterministic is answered by the `Traps` of a session, and the
 * sequence of calls into the engine is a function of the interrupts alone. Observing it (`stateHash`,
 * `memory`, the control block) only reads.
 *
 * Absent on purpose: roles, logs, positions. A machine does not know whether it is recorded or replayed.
 */
import { InvariantViolation, invariant } from '../base/assert.ts';
import type { Digest } from '../base/brands.ts';
import { limits } from '../base/limits.ts';
import { CONTROL, INTERRUPT, KERNEL_ENTRY } from '../kernel/abi.ts';
import {
  type BootRecord,
  type Caller,
  copyBoot,
  recallBoot,
  rememberBoot,
  writeLimits,
  writtenPages,
} from './boot-record.ts';
import { type Engine, LAYOUT } from './engine.ts';
import { evaluate, KERNEL_SCRIPT, MODULE_TYPE } from './evaluate.ts';
import { type Guards, installGuards } from './guards.ts';
import { type GuestFrame, guestStack } from './guest-stack.ts';
import { bytesOf, type HypercallMachine, hypercall } from './hypercalls.ts';
import { type Image, imageDigest } from './image.ts';
import type { ImageLimits } from './image-limits.ts';
import type { ImportHandlers } from './imports.ts';
import { Instance, type ValuePointer, WASM_PAGE_BYTES } from './instance.ts';
import { runJobs } from './jobs.ts';
import { splitKernel } from './kernel-parts.ts';
import { PageTree } from './page-tree.ts';
import { allPages, PAGE_BYTES, pageOf, putPage } from './pages.ts';
import { installRejectionTracker } from './rejections.ts';
import type { Traps } from './traps.ts';

/** What the clock says while the machine boots: the same in every machine, before its first log entry. */
const BOOT_TIME_MS = 946_684_800_000;
const HYPERCALL_REF = 1;
/** Steps to the next poll while a turn is being killed: at least so many, and up to so many more. */
const KILLING_POLL_STEPS = 2_000;
const KILLING_POLL_VARIETY = 997;
/** Who cannot have so much more has none for what the kernel does, either. */
const SHORTAGE_BYTES = 1024 * 1024;

export interface TurnResult {
  /** Polls of the interrupt handler in this turn. */
  readonly polls: number;
  /**
   * The turn was killed, or the kernel itself was stopped by an exception
   * (out of memory): `recover` must follow.
   */
  readonly broken: boolean;
}

/**
 * Idempotency-Keys and sessions that are remembered, the bytes they cost, and
 * requests that were refused for want of room.
 */
export interface KeptReplies {
  readonly keys: number;
  readonly sessions: number;
  readonly bytes: number;
  readonly refused: number;
}

export class Machine {
  readonly image: Image;
  readonly digest: Digest;
  readonly #instance: Instance;
  readonly #limits: ImageLimits;
  readonly #context: number;
  readonly #runtime: number;
  readonly #undefined: ValuePointer;
  readonly #entry: readonly ValuePointer[];
  /** 0 while there is none yet. */
  readonly #control: number = 0;
  readonly #jobContext: number;
  readonly #argument: number;
  readonly #restingStack: number;
  readonly #pages: PageTree;
  #traps: Traps | undefined;
  #observer: (() => void) | undefined;
  #polls = 0;
  #killing = false;
  /** There was no memory for something small: in this turn anything may have been lost without a word. */
  #isShort = false;
  #place: 'between turns' | 'inside a turn' = 'between turns';

  /**
   * Boots: the same image gives the same memory, on every host. `shared`, a new one: where other
   * threads read the base of its page tree.
   */
  constructor(engine: Engine, image: Image, shared?: SharedArrayBuffer) {
    invariant('I9', engine.sha256 === image.engineSha256, 'the image was made for another engine');
    this.image = image;
    this.digest = imageDigest(image);
    this.#limits = image.limits;
    const instance = new Instance(engine.module, image.limits.memoryInitialBytes, this.#importHandlers());
    this.#instance = instance;
    const known = recallBoot(engine, image);
    const booted = known ?? this.#boot();
    this.#runtime = booted.runtime;
    this.#context = booted.context;
    this.#undefined = booted.undefined;
    this.#jobContext = booted.jobContext;
    this.#argument = booted.argument;
    this.#control = booted.control;
    this.#entry = booted.entry;
    this.#restingStack = booted.restingStack;
    if (known !== undefined) {
      const own = copyBoot(instance, known, this.#entryPoint('rejection'), image.limits);
      this.#pages = new PageTree(instance.bytes, { known: known.memory, differing: own, shared });
      this.#checkHeapEnd();
      return;
    }
    this.#pages = new PageTree(instance.bytes, { shared });
    this.#checkHeapEnd();
    // Where a limit has let the memory grow, it is not the memory of other limits.
    if (instance.bytes.length > image.limits.memoryInitialBytes) return;
    rememberBoot(engine, image, { ...booted, memory: this.#pages.known });
  }

  /** Hashes go by it: nothing may lie behind it. */
  #checkHeapEnd(): void {
    const { heapEnd, bytes } = this.#instance;
    const isIt = heapEnd <= bytes.length && this.#pages.usedBytes <= heapEnd + PAGE_BYTES;
    invariant('I9', isIt && this.#argument < heapEnd, `the heap does not end at ${heapEnd}`);
  }

  /** What stands in this order stands in the memory. */
  #boot(): Omit<BootRecord, 'memory'> {
    const { raw } = this.#instance;
    const startPages = writtenPages(this.#instance.bytes);
    const runtime = raw.newRuntime();
    raw.setMaxStackSize(runtime, this.#limits.guestStackBytes);
    const context = raw.newContext(runtime, 0);
    raw.enableInterruptHandler(runtime);
    this.#checkLayout(context, runtime);
    const undefinedValue = raw.getUndefined();
    const jobContext = raw.malloc(4);
    const argument = raw.malloc(3 * 4);
    const control = raw.malloc(CONTROL.sizeBytes) >>> 0;
    this.#instance.bytes.fill(0, control, control + CONTROL.sizeBytes);
    writeLimits(this.#instance, control, this.#limits);
    const caller = { context, argument, undefined: undefinedValue };
    const { entry, guards } = this.#bootKernel(caller, control);
    const rejection = entry[KERNEL_ENTRY.rejection];
    if (rejection === undefined) throw new InvariantViolation('I9', 'the kernel has no function rejection');
    const tracker = installRejectionTracker(this.#instance, context, runtime, rejection);
    const restingStack = this.#instance.stackPointer;
    return { runtime, ...caller, jobContext, control, entry, guards, tracker, restingStack, startPages };
  }

  /** From now on this session answers for the machine. */
  attach(traps: Traps): void {
    this.#traps = traps;
  }

  /**
   * One turn: delivers the interrupt and runs every job it caused to quiescence. Borrows `payload`. Throws
   * only what a trap threw, or an InvariantViolation; the machine must not be used after that.
   */
  deliver(payload: Uint8Array): TurnResult {
    this.#polls = 0;
    this.#killing = false;
    this.#isShort = false;
    this.#place = 'inside a turn';
    if (payload[0] === INTERRUPT.start) this.#seedMathRandom(payload);
    let broken = this.#deliverPayload(payload);
    if (payload[0] === INTERRUPT.start && !broken) broken = this.#startGuest();
    const jobs = { context: this.#context, runtime: this.#runtime, jobContext: this.#jobContext };
    runJobs(this.#instance, jobs);
    while (this.#controlByte(CONTROL.settle) !== 0) {
      this.#setControlByte(CONTROL.settle, 0);
      if (!this.#enter('settle')) broken = true;
      runJobs(this.#instance, jobs);
    }
    invariant('I9', this.#instance.stackPointer === this.#restingStack, 'a turn left something on the stack');
    this.#place = 'between turns';
    const killed = this.#killing;
    this.#killing = false;
    return { polls: this.#polls, broken: broken || killed || this.#isShort };
  }

  /**
   * Calls `observer` at each poll of the interrupt handler, with the guest's stack there (innermost first).
   * It reads the memory, and must do no more.
   */
  observePolls(observer: (stack: readonly GuestFrame[]) => void): void {
    const known = new Map<number, GuestFrame>();
    this.#observer = () => observer(guestStack(this.#instance, this.#runtime, known));
  }

  /**
   * Root of the page tree over the whole memory, as it is now; also valid from within a trap. The base of
   * the page tree follows between turns.
   */
  stateHash(): Digest {
    return this.#pages.update(this.#instance.bytes, this.#instance.heapEnd, this.#place);
  }

  /** The page tree as of the last `stateHash`. */
  get pages(): PageTree {
    return this.#pages;
  }

  /** The linear memory, as a view: a checkpoint when copied between turns. */
  get memory(): Uint8Array {
    return this.#instance.bytes;
  }

  /**
   * Makes this freshly booted machine the one whose memory is given (between turns). Copies of `bytes`
   * the pages that are named; in others the memory is that of a booted machine, and so is this one's.
   * `bytes` may lie in the shared buffer.
   */
  restore(bytes: Uint8Array, pages: readonly number[] = allPages(bytes.length / PAGE_BYTES)): void {
    invariant('I9', bytes.length <= limits.machineCapBytes, 'a checkpoint larger than any limit');
    invariant('I9', bytes.length % WASM_PAGE_BYTES === 0, 'a checkpoint that is not whole pages');
    this.#instance.grow(bytes.length);
    const memory = this.#instance.bytes;
    for (const page of pages) putPage(memory, page, pageOf(bytes, page));
    this.#pages.mistrust();
  }

  /**
   * What the memory may grow to. Set between turns; below the present size it
   * only keeps the memory from growing.
   */
  get memoryMaximumBytes(): number {
    return this.#controlNumber(CONTROL.memoryMaximumBytes);
  }

  set memoryMaximumBytes(bytes: number) {
    this.#instance.view.setFloat64(this.#control + CONTROL.memoryMaximumBytes, bytes, true);
  }

  /** The first interrupt of a machine's life, `start`, was delivered: it left its length in the mailbox. */
  get started(): boolean {
    return this.#instance.view.getUint32(this.#control + CONTROL.mailboxLength, true) !== 0;
  }

  /** Guest time of the next alarm that the kernel wants; Infinity for none. */
  get nextAlarmMs(): number {
    return this.#controlNumber(CONTROL.nextAlarmMs);
  }

  get ordinal(): number {
    return this.#controlNumber(CONTROL.ordinal);
  }

  get openRequests(): number {
    return this.#controlNumber(CONTROL.openRequests);
  }

  get openCalls(): number {
    return this.#controlNumber(CONTROL.openCalls);
  }

  /** What is remembered so that nothing runs twice. */
  get kept(): KeptReplies {
    return {
      keys: this.#controlNumber(CONTROL.keys),
      sessions: this.#controlNumber(CONTROL.sessions),
      bytes: this.#controlNumber(CONTROL.replyBytes),
      refused: this.#controlNumber(CONTROL.refusedForRoom),
    };
  }

  /** One of kernel/abi's PROGRAM. */
  get program(): number {
    return this.#controlByte(CONTROL.program);
  }

  get ended(): boolean {
    return this.#controlByte(CONTROL.ended) !== 0;
  }

  #importHandlers(): ImportHandlers {
    return {
      clock: () => (this.#traps === undefined ? BOOT_TIME_MS : this.#traps.clock()),
      growMemory: (requestedBytes) => this.#growMemory(requestedBytes),
      hypercall: (context, _self, count, pointer, ref) => {
        invariant(
          'I9',
          ref === HYPERCALL_REF && context === this.#context,
          'a host function nobody made was called',
        );
        return hypercall(this.#asHypercallsNeedIt(), count, pointer);
      },
      poll: () => this.#poll(),
    };
  }

  #asHypercallsNeedIt(): HypercallMachine {
    const traps = this.#traps;
    if (traps === undefined) throw new InvariantViolation('I9', 'the kernel made a hypercall while booting');
    return {
      instance: this.#instance,
      context: this.#context,
      traps,
      ordinal: this.ordinal,
      countOutput: this.#countOutput,
      kernelParts: splitKernel(this.image.kernel).parts,
    };
  }

  #checkLayout(context: number, runtime: number): void {
    const { view } = this.#instance;
    const seed = view.getBigUint64(context + LAYOUT.contextRandomState, true);
    invariant(
      'I9',
      seed === BigInt(BOOT_TIME_MS) * 1000n,
      'the state of Math.random is not where it should be',
    );
    const handler = view.getUint32(runtime + LAYOUT.runtimeInterruptHandler, true);
    const tracker = view.getUint32(runtime + LAYOUT.runtimeRejectionTracker, true);
    invariant('I9', handler !== 0 && tracker === 0, "the runtime's handlers are not where they should be");
  }

  #bootKernel(
    caller: Caller,
    controlAt: number,
  ): { readonly entry: readonly ValuePointer[]; readonly guards: Guards } {
    const { raw } = this.#instance;
    const { context } = caller;
    const name = this.#instance.allocateText('hypercall');
    const hypercall = raw.newFunction(context, name, 0, 0, HYPERCALL_REF);
    raw.free(name);
    const control = raw.newArrayBuffer(context, controlAt, CONTROL.sizeBytes);
    const inPlace = bytesOf(this.#instance, control, 0, CONTROL.sizeBytes).byteOffset === controlAt;
    invariant('I9', inPlace, 'the bytes of an ArrayBuffer are not where they should be');
    const { script } = splitKernel(this.image.kernel);
    const boot = evaluate(this.#instance, context, script, KERNEL_SCRIPT);
    const entries = this.#callBy(caller, boot, [hypercall, control]);
    const error = this.#exception(context, entries);
    invariant('I9', error === undefined, `the kernel does not boot: ${error}`);
    const guards = installGuards(this.#instance, context, entries);
    const entry = Object.values(KERNEL_ENTRY).map((index) => raw.getPropNumber(context, entries, index));
    raw.freeValuePointer(context, entries);
    return { entry, guards };
  }

  /** Math.random keeps its state in the memory; its seed is a logged input, not part of the image. */
  #seedMathRandom(payload: Uint8Array): void {
    const seed = new DataView(payload.buffer, payload.byteOffset + 1, 8).getBigUint64(0, true);
    invariant('I9', seed !== 0n, 'a zero seed for Math.random');
    this.#instance.view.setBigUint64(this.#context + LAYOUT.contextRandomState, seed, true);
  }

  /** True when the kernel ended by an exception. */
  #deliverPayload(payload: Uint8Array): boolean {
    const { raw } = this.#instance;
    if (payload.length <= CONTROL.sizeBytes - CONTROL.mailbox) return this.#deliverByMailbox(payload);
    const pointer = this.#instance.allocate(payload);
    if (pointer === 0) {
      // Only a request is that large, or a message to the WebSocket that it became. The kernel hears of it by
      // its id, the first number of the payload.
      const idEnd = 2 + payload.subarray(1).findIndex((byte) => byte < 0x80);
      return this.#deliverByMailbox(Uint8Array.of(INTERRUPT.overrun, ...payload.subarray(1, idEnd)));
    }
    const large = raw.newArrayBuffer(this.#context, pointer, payload.length);
    const entered = this.#enter('deliver', large);
    raw.freeValuePointer(this.#context, large);
    return !entered;
  }

  #deliverByMailbox(payload: Uint8Array): boolean {
    this.#instance.view.setUint32(this.#control + CONTROL.mailboxLength, payload.length, true);
    this.#instance.bytes.set(payload, this.#control + CONTROL.mailbox);
    return !this.#enter('deliver');
  }

  #startGuest(): boolean {
    const { raw } = this.#instance;
    const { guest, guestName } = this.image;
    const module = evaluate(this.#instance, this.#context, guest, guestName, MODULE_TYPE);
    const error = raw.resolveException(this.#context, module);
    const entered = error === 0 ? this.#enter('loaded', module) : this.#enter('failed', error);
    if (error !== 0) raw.freeValuePointer(this.#context, error);
    raw.freeValuePointer(this.#context, module);
    return !entered;
  }

  #call(callee: ValuePointer, args: readonly ValuePointer[]): ValuePointer {
    return this.#callBy(
      { context: this.#context, argument: this.#argument, undefined: this.#undefined },
      callee,
      args,
    );
  }

  #callBy(caller: Caller, callee: ValuePointer, args: readonly ValuePointer[]): ValuePointer {
    const { raw, view } = this.#instance;
    for (const [index, value] of args.entries()) view.setUint32(caller.argument + index * 4, value, true);
    return raw.call(caller.context, callee, caller.undefined, args.length, caller.argument);
  }

  /** Calls a kernel function; false when it ended by an exception. */
  #enter(name: keyof typeof KERNEL_ENTRY, ...args: readonly ValuePointer[]): boolean {
    const { raw } = this.#instance;
    const result = this.#call(this.#entryPoint(name), args);
    const error = raw.resolveException(this.#context, result);
    if (error !== 0) raw.freeValuePointer(this.#context, error);
    raw.freeValuePointer(this.#context, result);
    return error === 0;
  }

  #entryPoint(name: keyof typeof KERNEL_ENTRY): ValuePointer {
    const pointer = this.#entry[KERNEL_ENTRY[name]];
    if (pointer === undefined) throw new InvariantViolation('I9', `the kernel has no function ${name}`);
    return pointer;
  }

  #poll(): 0 | 1 {
    const traps = this.#traps;
    if (traps === undefined) return 0;
    this.#polls += 1;
    this.#observer?.();
    const masked = this.#controlByte(CONTROL.mask) !== 0;
    if (traps.poll(this.#polls, masked)) this.#killing = true;
    if (!this.#killing) return 0;
    this.#varyNextPoll();
    return masked ? 0 : 1;
  }

  /**
   * One kill ends one job, and in a flood of them every poll may fall on the same harmless step of each
   * round, for ever. So while a turn is being killed the distance to the next poll changes every time, and is
   * short enough for many jobs and long enough for the kernel's own few steps.
   */
  #varyNextPoll(): void {
    const counter = this.#context + LAYOUT.contextInterruptCounter;
    const { view } = this.#instance;
    const rest = view.getInt32(counter, true);
    invariant(
      'I9',
      rest > 0 && rest <= LAYOUT.interruptCounterStart,
      'the interrupt counter is not where it should be',
    );
    view.setInt32(counter, KILLING_POLL_STEPS + (this.#polls % KILLING_POLL_VARIETY), true);
  }

  /**
   * Replaces Emscripten's rule, which retries smaller sizes when the host has no memory and so gives
   * different memories on different hosts. One attempt, at a size that follows from the request alone.
   */
  #growMemory(requestedBytes: number): 0 | 1 {
    const current = this.#instance.memory.buffer.byteLength;
    // Before there is a control block, the image's limit counts.
    const maximum = this.#control > 0 ? this.memoryMaximumBytes : this.#limits.memoryMaximumBytes;
    if (requestedBytes > maximum) {
      if (requestedBytes - this.#instance.heapEnd <= SHORTAGE_BYTES) this.#isShort = true;
      return 0;
    }
    const wanted = Math.max(requestedBytes, Math.min(current + (current >>> 2), maximum));
    const sizeBytes = Math.ceil(wanted / WASM_PAGE_BYTES) * WASM_PAGE_BYTES;
    try {
      this.#instance.grow(Math.min(sizeBytes, maximum));
    } catch (error) {
      throw new InvariantViolation(
        'I9',
        `this host cannot give the machine ${sizeBytes} bytes: ${String(error)}`,
      );
    }
    return 1;
  }

  #exception(context: number, value: ValuePointer): string | undefined {
    const { raw } = this.#instance;
    const error = raw.resolveException(context, value);
    if (error === 0) return undefined;
    const dump = raw.dump(context, error) >>> 0;
    return new TextDecoder().decode(this.#instance.cString(dump).slice());
  }

  readonly #countOutput = (): void => {
    this.#instance.view.setFloat64(this.#control + CONTROL.ordinal, this.ordinal + 1, true);
  };

  #controlByte(offset: number): number {
    return this.#instance.bytes[this.#control + offset] ?? 0;
  }

  #setControlByte(offset: number, value: number): void {
    this.#instance.bytes[this.#control + offset] = value;
  }

  #controlNumber(offset: number): number {
    return this.#instance.view.getFloat64(this.#control + offset, true);
  }
}
