/**
 * The promise jobs of a turn. What a guest's own code throws settles a promise and ends no job: one that
 * throws has been killed or is out of memory, and the turn counts as broken for that (machine.ts).
 */
import type { Instance } from './instance.ts';

export interface JobQueue {
  readonly context: number;
  readonly runtime: number;
  /** Room for a pointer: the engine tells there whose job ran last. */
  readonly jobContext: number;
}

/** Runs jobs until none is left, also after one that throws. */
export function runJobs({ raw }: Instance, { context, runtime, jobContext }: JobQueue): void {
  while (raw.isJobPending(runtime) !== 0) {
    const result = raw.executePendingJob(runtime, -1, jobContext);
    raw.freeValuePointer(context, result);
  }
}
