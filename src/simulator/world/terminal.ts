/**
 * The console's end: takes lines by their ordinals, shows each once and in order, and tells all hosts how far
 * it is (in a run the supervisor is the terminal's end).
 */
import { invariant } from '../../base/assert.ts';
import { ordinal } from '../../base/brands.ts';
import type { GuestOutput } from '../guest/guest.ts';
import type { Agenda } from './agenda.ts';
import type { VirtualHost } from './host.ts';

export class Terminal {
  readonly #agenda: Agenda;
  readonly #hosts: readonly VirtualHost[];
  readonly lines: GuestOutput[] = [];
  #through = 0;

  readonly #pipeMs: number;

  constructor(agenda: Agenda, hosts: readonly VirtualHost[], pipeMs: number) {
    this.#pipeMs = pipeMs;
    this.#agenda = agenda;
    this.#hosts = hosts;
  }

  /**
   * What a process has written is in the pipe, whatever becomes of the process; a machine
   * without power takes the pipe along.
   */
  take(from: VirtualHost, output: GuestOutput): void {
    this.#agenda.after(this.#pipeMs, () => {
      if (!from.isPowerless) this.#show(output);
    });
  }

  /** A host that starts late is told how far the console is. */
  greet(host: VirtualHost): void {
    if (this.#through > 0) host.printedThrough(ordinal(this.#through));
  }

  #show(output: GuestOutput): void {
    const shown = this.lines.find((line) => line.ordinal === output.ordinal);
    invariant(
      'I4',
      shown === undefined || shown.text === output.text,
      `line ${output.ordinal} is said twice, differently`,
    );
    if (output.ordinal > this.#through) {
      this.#through = output.ordinal;
      this.lines.push(output);
    } else {
      invariant(
        'I4',
        shown !== undefined,
        `line ${output.ordinal} "${output.text}" comes behind ${this.#through}`,
      );
    }
    for (const host of this.#hosts) host.whenAwake(() => host.printedThrough(ordinal(this.#through)));
  }
}
