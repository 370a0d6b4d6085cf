/**
 * The guest's console on its way out. Under a supervisor lines go to it, framed by the IPC channel and numbered by the machine, so that none is torn or
 * doubled (DESIGN §5, Console); a host on its own prints them itself.
 */
import type { Ordinal } from '../../base/brands.ts';
import type { ConsoleStream } from '../supervisor/protocol.ts';

export interface HostConsole {
  /** A released line, or several; without the last newline. */
  print(ordinal: Ordinal, stream: ConsoleStream, text: string): void;
}

/** `printed` is called once the operating system has the line. */
export function ownConsole(printed: (ordinal: Ordinal) => void): HostConsole {
  return {
    print(ordinal, stream, text) {
      process[stream].write(`${text}\n`, (error) => {
        if (!error) printed(ordinal);
      });
    },
  };
}
