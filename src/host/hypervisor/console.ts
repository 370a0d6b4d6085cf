/**
 * The guest's console on its way out. Under a supervisor lines go to it, framed by the IPC
 * channel and numbered by the machine, so that none is torn or doubled;
 * a host on its own prints them itself.
 */
import type { Ordinal } from '../../base/brands.ts';
import { LineWriter } from '../console/line-writer.ts';
import { PrintedLines } from '../console/printed-lines.ts';
import type { ConsoleStream } from '../supervisor/protocol.ts';

export interface HostConsole {
  /** A released line, or several; without the last newline. */
  print(ordinal: Ordinal, stream: ConsoleStream, text: string): void;
  /** Resolves when every line has left this process, or was given up. */
  idle(): Promise<void>;
}

const OWN_DESCRIPTORS: Readonly<Record<ConsoleStream, number>> = { stdout: 1, stderr: 2 };

/**
 * `printed` is called once the operating system has a line and all before it, or nobody is there to
 * read them: a host has clients besides.
 */
export function ownConsole(
  printed: (through: Ordinal) => void,
  warn: (text: string) => void,
  descriptors = OWN_DESCRIPTORS,
): HostConsole {
  const gone = (reason: string): void =>
    warn(`nobody reads stdout any more (${reason}): its lines are dropped`);
  const writers = {
    stdout: new LineWriter(descriptors.stdout, { gone, warn }),
    stderr: new LineWriter(descriptors.stderr),
  };
  const lines = new PrintedLines(printed);
  return {
    print: (ordinal, stream, text) => writers[stream].line(text, lines.begin(ordinal)),
    async idle() {
      await Promise.all([writers.stdout.idle(), writers.stderr.idle()]);
    },
  };
}
