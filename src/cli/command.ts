/** What every command of the tree gets, and how it tells that it is done. */

/** What commands must know about the executable they are part of. */
export interface CliEnvironment {
  /** How to start this same program again: executable, then first arguments. */
  readonly hostCommand: readonly string[];
}

/** A command that has run tells its exit code. */
export type Done = (code: number) => void;
