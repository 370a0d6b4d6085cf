/** A plan for `tandem simulate --plan`: a file with one alone, or with what `--json` has printed. */
import { readFileSync } from 'node:fs';
import { messageOf, TandemError } from '../base/errors.ts';
import type { Plan } from '../simulator/plan.ts';

export interface SavedPlan {
  readonly plan: Plan;
  /** Whom its requests are for; null when it has none. */
  readonly guest: 'scripted' | 'program' | null;
  /** The program that it failed with, where the file tells. */
  readonly program: string | undefined;
}

/** Of a failure the smallest plan that still failed. Wrong usage when there is none. */
export function readPlan(path: string): SavedPlan {
  const found = failureIn(textOf(path));
  const plan = [found?.shrunk?.plan, found?.plan, found].find(isPlan);
  if (plan === undefined)
    throw wrong(`${path} holds no plan`, 'name a file with a plan, or with a failure as --json prints it');
  const program = typeof found?.program === 'string' ? found.program : undefined;
  return { plan, guest: guestOf(plan) ?? (program === undefined ? null : 'program'), program };
}

/** A plan is requests as well as faults, and nobody else's make sense to a guest. */
export function checkGuest({ guest, program }: SavedPlan, path: string, isScripted: boolean): void {
  if (guest === 'program' && isScripted) {
    throw wrong(
      `${path} is the plan of a program, which is not named`,
      `name the program, too: tandem simulate ${program ?? 'PROGRAM'} --plan ${path}`,
    );
  }
  if (guest === 'scripted' && !isScripted) {
    throw wrong(
      `${path} is a plan of the scripted guest, not of a program`,
      `leave the program out: tandem simulate --plan ${path}`,
    );
  }
}

interface Found extends Partial<Plan> {
  readonly plan?: Partial<Plan>;
  readonly shrunk?: { readonly plan?: Partial<Plan> };
  readonly program?: unknown;
}

/** The whole text, or the first line of it that tells of a failure. */
function failureIn(text: string): Found | undefined {
  const values = [text, ...text.split('\n')].map(objectIn);
  return values.find((value) => value !== undefined && (isPlan(value) || isPlan(value.plan)));
}

function objectIn(text: string): Found | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPlan(value: Partial<Plan> | undefined): value is Plan {
  if (typeof value !== 'object' || value === null) return false;
  const { seed, settings, faults, requests } = value;
  const isList = Array.isArray(faults) && Array.isArray(requests);
  return isList && typeof seed === 'number' && typeof settings === 'object' && settings !== null;
}

function guestOf({ requests, sockets = [], readers = [] }: Plan): SavedPlan['guest'] {
  if (sockets.length + readers.length > 0) return 'program';
  const [first] = requests;
  if (first === undefined) return null;
  return 'verb' in first.what ? 'scripted' : 'program';
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = messageOf(error);
    throw wrong(`cannot read the plan: ${reason}`, 'name a file with a plan as --json prints it');
  }
}

const wrong = (message: string, mend: string): TandemError => new TandemError('PLAN', message, mend, 2);
