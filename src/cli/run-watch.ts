/**
 * `tandem run --watch`: one run after the other, each with the program as it was last saved. Every one
 * begins with a fresh machine: state belongs to the program that made it. A program that cannot be bundled
 * changes nothing; the one before it goes on.
 */
import type { TandemError } from '../base/errors.ts';
import type { GuestBundle } from '../host/guest/bundle.ts';
import type { GuestWatch } from '../host/guest/watch.ts';
import type { SupervisorOptions } from '../host/supervisor/options.ts';
import type { Reporter, RunEvent, RunNotice } from '../host/supervisor/report.ts';
import type { Supervisor } from '../host/supervisor/supervisor.ts';

export class WatchedRun {
  /** Resolves with the exit code when somebody has asked for the end. */
  readonly finished: Promise<number>;
  readonly #options: SupervisorOptions;
  readonly #running: (supervisor: Supervisor) => void;
  #end: (code: number) => void = () => {};
  #fail: (error: unknown) => void = () => {};
  #supervisor: Supervisor | undefined;
  #watch: GuestWatch | undefined;
  #next: GuestBundle | undefined;
  #isStopping = false;
  /** Ports once they are known, so that every run has the first one's. */
  #ports: { readonly port: number; readonly adminPort: number };

  /** `running` is told of every new supervisor. */
  constructor(options: SupervisorOptions, running: (supervisor: Supervisor) => void) {
    this.#options = options;
    this.#running = running;
    this.#ports = { port: options.port, adminPort: options.adminPort };
    this.finished = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    // Whoever awaits it hears of it; until then nobody need.
    this.finished.catch(() => {});
  }

  /** Starts the first run and watches. Throws what `startSupervisor` throws. */
  async start(guest: GuestBundle): Promise<void> {
    await this.#run(guest);
    const { watchGuest } = await import('../host/guest/watch.ts');
    this.#watch = await watchGuest(this.#options.program, guest, {
      changed: (bundle, files) => this.#changed(bundle, files),
      failed: (error) => this.#refused(error),
    });
  }

  /** As Ctrl-C: in good order; a second call loses patience. */
  stop(): void {
    this.#isStopping = true;
    if (this.#supervisor === undefined) void this.#close(0);
    else this.#supervisor.stop();
  }

  #changed(bundle: GuestBundle, files: readonly string[]): void {
    if (this.#isStopping) return;
    const isAlreadyEnding = this.#next !== undefined;
    this.#next = bundle;
    this.#options.reporter.report({ event: 'restart', program: this.#options.program, files });
    if (this.#supervisor === undefined) this.#begin();
    else if (!isAlreadyEnding) this.#supervisor.kill();
  }

  #refused(error: TandemError): void {
    const { message, mend } = error;
    const running = this.#supervisor !== undefined;
    this.#options.reporter.report({ event: 'not-restarted', reason: message, mend, running });
  }

  #begin(): void {
    const bundle = this.#next;
    this.#next = undefined;
    if (bundle !== undefined) this.#run(bundle).catch((error) => this.#close(1, error));
  }

  async #run(guest: GuestBundle): Promise<void> {
    const { startSupervisor } = await import('../host/supervisor/supervisor.ts');
    const reporter: Reporter = {
      report: (event) => this.#report(event),
      print: this.#options.reporter.print,
    };
    const supervisor = await startSupervisor({ ...this.#options, ...this.#ports, guest, reporter });
    this.#supervisor = supervisor;
    this.#running(supervisor);
    void supervisor.finished.then(({ code, failure }) => {
      this.#supervisor = undefined;
      if (this.#isStopping) void this.#close(code, failure);
      else if (this.#next !== undefined) this.#begin();
      else if (failure !== undefined) this.#refused(failure);
      else this.#options.reporter.report({ event: 'waiting', code });
    });
    if (this.#isStopping) supervisor.stop();
  }

  /** Of the runs' ends only the last one is the end. */
  #report(event: RunEvent | RunNotice): void {
    if (event.event === 'ready') {
      this.#ports = { port: portOf(event.url), adminPort: portOf(event.admin) };
    }
    // By `tandem stop`, of which nobody else tells.
    if (event.event === 'stopping') this.#isStopping = true;
    if (event.event === 'end' && !this.#isStopping) return;
    this.#options.reporter.report(event);
  }

  async #close(code: number, failure?: unknown): Promise<void> {
    await this.#watch?.end();
    if (failure === undefined) this.#end(code);
    else this.#fail(failure);
  }
}

const portOf = (url: string): number => Number(new URL(url).port);
