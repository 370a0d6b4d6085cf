/**
 * Tells the demo: short paragraphs and aligned facts for people, one JSON object a line
 * for programs. Counts what was checked.
 */
import { type Style, styleFor } from './style.ts';

export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
}

const LABEL_WIDTH = 26;
const VALUE_WIDTH = 12;

export class Narrator {
  readonly #json: boolean;
  readonly #style: Style;
  #step = 0;
  #failed = 0;

  constructor(json: boolean) {
    this.#json = json;
    this.#style = styleFor(process.stdout);
  }

  get allTrue(): boolean {
    return this.#failed === 0;
  }

  /** Opens a step; `lines` are at most 76 characters each. */
  step(title: string, ...lines: readonly string[]): void {
    this.#step += 1;
    if (this.#json) return;
    this.#print(`\n${this.#style.bold(`${this.#step}. ${title}`)}`);
    for (const line of lines) this.#print(`   ${line}`);
  }

  /** `data` is what programs get. */
  facts(name: string, data: object, facts: readonly Fact[]): void {
    if (this.#json) {
      this.#print(JSON.stringify({ step: this.#step, name, ...data }));
      return;
    }
    this.#print('');
    for (const { label, value, note } of facts) {
      const tail = note === undefined ? '' : `  ${this.#style.dim(note)}`;
      this.#print(
        `   ${label.padEnd(LABEL_WIDTH)}${this.#style.notable(value.padStart(VALUE_WIDTH))}${tail}`,
      );
    }
  }

  /** A statement that this run has just shown to be true or false. */
  check(statement: string, holds: boolean): void {
    if (!holds) this.#failed += 1;
    if (this.#json) {
      this.#print(JSON.stringify({ step: this.#step, name: 'check', statement, holds }));
      return;
    }
    this.#print(`   ${holds ? this.#style.good('yes') : this.#style.bad('NO ')}  ${statement}`);
  }

  verdict(ms: number): void {
    if (this.#json) {
      this.#print(
        JSON.stringify({ name: 'verdict', ok: this.allTrue, failed: this.#failed, ms: Math.round(ms) }),
      );
      return;
    }
    const words = this.allTrue
      ? this.#style.good('All of it is true.')
      : this.#style.bad(`${this.#failed} of these statements are false.`);
    this.#print(`\n${words} ${this.#style.dim(`${(ms / 1000).toFixed(1)} s`)}`);
  }

  text(...lines: readonly string[]): void {
    if (this.#json) return;
    for (const line of lines) this.#print(line);
  }

  #print(line: string): void {
    process.stdout.write(`${line}\n`);
  }
}
