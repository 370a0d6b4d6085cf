/**
 * The console's end: takes lines by their ordinals, shows each once and in order, and tells all hosts how far it is (DESIGN: the
 * supervisor is the terminal's end).
 */
import { invariant } from '../../base/assert.ts';
import { ordinal } from '../../base/brands.ts';
import type { GuestOutput } from '../guest/guest.ts';
import type { Agenda } from './agenda.ts';
import type { VirtualHost } from './host.ts';

const PIPE_MS = 0.3;

export class Terminal {
  readonly #agenda: Agenda;
  readonly #hosts: readonly VirtualHost[];
  readonly lines: GuestOutput[] = [];
  #through = 0;

  constructor(agenda: Agenda, hosts: readonly VirtualHost[]) {
    this.#agenda = agenda;
    this.#hosts = hosts;
  }

  /** What a host has written is in the pipe, whatever becomes of the host. */
  take(output: GuestOutput): void {
    this.#agenda.after(PIPE_MS, () => this.#show(output));
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
