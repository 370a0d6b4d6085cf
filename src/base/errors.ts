/**
 * Mistakes of the operator and of the world around a host: what happened,
 * why, and the mend. Never used for bugs.
 */

/** 1: the thing asked for is false or failed; 2: wrong usage. */
export type ExitCode = 1 | 2;

/** Rendered once, in `cli/`, as `tandem: <message>` and `  <mend>`. */
export class TandemError extends Error {
  override readonly name = 'TandemError';
  /** Stable, for programs: `GUEST_SYNTAX`, `PORT_IN_USE`, … */
  readonly code: string;
  readonly mend: string;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, mend: string, exitCode: ExitCode = 1) {
    super(message);
    this.code = code;
    this.mend = mend;
    this.exitCode = exitCode;
  }
}

/** What went wrong, in one line, of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
