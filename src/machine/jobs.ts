/**
 * The promise jobs of a turn. What a guest's own code throws settles a promise and ends no job: one that
 * throws was killed or is out of memory, and somebody may wait for what it would have done.
 */
import { JS_TAG, LAYOUT } from './engine.ts';
import type { Instance } from './instance.ts';

export interface JobQueue {
  readonly context: number;
  readonly runtime: number;
  /** Room for a pointer: the engine tells there whose job ran last. */
  readonly jobContext: number;
}

/** Runs jobs until none is left, also after one that throws; false when there was one. */
export function runJobs(instance: Instance, { context, runtime, jobContext }: JobQueue): boolean {
  const { raw } = instance;
  let isWhole = true;
  while (raw.isJobPending(runtime) !== 0) {
    // How many it has run, or what the last one threw; nothing when there is no memory to say it.
    const result = raw.executePendingJob(runtime, -1, jobContext);
    if (result === 0 || !isNumber(Number(instance.value(result) >> 32n))) isWhole = false;
    raw.freeValuePointer(context, result);
  }
  return isWhole;
}

/** Numbers are whole, or doubles, which have no tag. */
const isNumber = (tag: number): boolean =>
  tag === JS_TAG.int || tag < LAYOUT.leastTag || tag > LAYOUT.greatestTag;
