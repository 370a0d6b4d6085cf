/**
 * What clients ask of a program: a list of requests from which each is drawn, as JSON in a file beside
 * the program. `{account}` and `{amount}` stand for an account and a number that are drawn, too, `{user}`
 * for somebody who asks only this. With `"keyed": true` a request has an `Idempotency-Key`, or in half of
 * the cases a number in its client's session, and is asked until it is answered; with `"retried": true`
 * it is asked as long, without either.
 *
 *     {"requests": [
 *       {"method": "POST", "target": "/accounts/{account}/deposit", "body": "{\"amount\":{amount}}",
 *        "keyed": true, "weight": 3, "account": {"field": "balance", "adds": true}},
 *       {"target": "/accounts/{account}", "account": {"field": "balance", "adds": false}}]}
 *
 * `account` tells what the reply means: its JSON field `field`, if one is named, is what is in the account,
 * and the request adds `{amount}`, another number or nothing. Then the clients' histories must be
 * linearizable. Without it replies are compared with the oracle's only.
 *
 *      "sockets": [{"target": "/room", "say": "{\"id\":\"{message}\",\"text\":\"{amount}\"}",
 *                   "order": "number", "echo": "id"}],
 *      "events": [{"target": "/feed", "order": "number"}]
 *
 * Clients that listen for long: `order` is the field of the JSON of what they hear that counts up by one,
 * `echo` the one by which a client knows a message of its own. `welcome`, if it is there, that of the first
 * message alone; `"binary": true`: the program takes bytes for text; `"gaps": true`: it keeps so little that
 * readers may miss events, of which they are told.
 */
import { TandemError } from '../base/errors.ts';
import type { Prng } from '../base/prng.ts';
import type { DrawRequest, Workload } from './draw.ts';
import type { PlannedSession } from './guest/guest.ts';
import { drawListeners, type ReaderTemplate, type SocketTemplate } from './listeners.ts';

interface Template {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly keyed: boolean;
  readonly retried: boolean;
  readonly weight: number;
  /** `adds`: a number, `{amount}` (true) or nothing (false). */
  readonly account: { readonly field: string | null; readonly adds: boolean | number } | null;
}

const ACCOUNTS = ['ada', 'bob', 'cy'] as const;
const AMOUNT_AT_MOST = 99;
/**
 * Of the requests that run once: so many have a number in a session, not a
 * key; and of them so many come once more.
 */
const SESSION_SHARE = 0.5;
const COPY_SHARE = 0.4;
/** Few slots, so that they are used again. */
const SLOTS = 3;
/** Before the client's next request, among the next ones, and from another time. */
const COPIES_AFTER_MS = [0, 30, 400] as const;

/** Of a program about which nothing is known. */
export const GENERIC_WORKLOAD = '{"requests": [{"target": "/"}]}';

/** Throws a TandemError that names what is wrong with the text. */
export function parseWorkload(name: string, text: string): Workload {
  const wrong = (what: string): never => {
    throw new TandemError('WORKLOAD', `${name}: ${what}`, 'test/README.md shows a workload', 2);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    wrong(`not JSON: ${String(error)}`);
  }
  const { requests, sockets: asked, events } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(requests) || requests.length === 0)
    return wrong('"requests" must be a list, and not empty');
  const templates = requests.map((request: unknown, index) =>
    templateOf(request, (what) => wrong(`request ${index + 1}: ${what}`)),
  );
  const weights = templates.reduce((sum, { weight }) => sum + weight, 0);
  const sockets = listOf(asked, 'socket', wrong, socketOf);
  const readers = listOf(events, 'event stream', wrong, readerOf);
  const isHeard = sockets.length + readers.length > 0;
  return {
    drawRequest: (prng, number) => draw(prng, number, templates, prng.unit() * weights),
    drawListeners: isHeard ? (prng, settings) => drawListeners(prng, settings, sockets, readers) : null,
  };
}

function listOf<T>(
  value: unknown,
  what: string,
  wrong: (what: string) => never,
  parse: (fields: Readonly<Record<string, unknown>>, wrong: (what: string) => never) => T,
): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return wrong(`"${what === 'socket' ? 'sockets' : 'events'}" must be a list`);
  return value.map((each: unknown, index) => {
    const wrongHere = (why: string): never => wrong(`${what} ${index + 1}: ${why}`);
    if (typeof each !== 'object' || each === null) return wrongHere('not an object');
    return parse(each as Readonly<Record<string, unknown>>, wrongHere);
  });
}

function socketOf(
  { target, say, order, echo, welcome = null, binary = false }: Readonly<Record<string, unknown>>,
  wrong: (what: string) => never,
): SocketTemplate {
  if (typeof target !== 'string' || !target.startsWith('/')) return wrong('"target" must be a path');
  if (typeof say !== 'string' || !say.includes('{message}'))
    return wrong('"say" must be a text with {message} in it, by which a message is known again');
  if (typeof order !== 'string') return wrong('"order" must name the field with the number of what is heard');
  if (typeof echo !== 'string')
    return wrong('"echo" must name the field with the id of the message that is heard');
  if (welcome !== null && typeof welcome !== 'string')
    return wrong('"welcome" must name the field that the first message alone has');
  if (typeof binary !== 'boolean') return wrong('"binary" must be true or false');
  return { target, say, order, echo, welcome, isBinaryToo: binary };
}

function readerOf(
  { target, order, gaps = false }: Readonly<Record<string, unknown>>,
  wrong: (what: string) => never,
): ReaderTemplate {
  if (typeof target !== 'string' || !target.startsWith('/')) return wrong('"target" must be a path');
  if (typeof order !== 'string') return wrong('"order" must name the field with the number of an event');
  if (typeof gaps !== 'boolean') return wrong('"gaps" must be true or false');
  return { target, order, mayGap: gaps };
}

function templateOf(value: unknown, wrong: (what: string) => never): Template {
  if (typeof value !== 'object' || value === null) return wrong('not an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const {
    method = 'GET',
    target,
    body = '',
    keyed = false,
    retried = false,
    weight = 1,
    account = null,
  } = fields;
  if (typeof target !== 'string' || !target.startsWith('/')) return wrong('"target" must be a path');
  if (typeof method !== 'string' || !/^[A-Z]+$/.test(method))
    return wrong('"method" must be in capital letters');
  if (typeof body !== 'string') return wrong('"body" must be a string');
  if (typeof keyed !== 'boolean') return wrong('"keyed" must be true or false');
  if (typeof retried !== 'boolean') return wrong('"retried" must be true or false');
  if (typeof weight !== 'number' || !(weight > 0)) return wrong('"weight" must be a number above zero');
  return { method, target, body, keyed, retried, weight, account: accountOf(account, wrong) };
}

function accountOf(value: unknown, wrong: (what: string) => never): Template['account'] {
  if (value === null) return null;
  const { field = null, adds } = value as { readonly field?: unknown; readonly adds?: unknown };
  if (field !== null && typeof field !== 'string') return wrong('"field" of "account" must be a name');
  if (typeof adds !== 'boolean' && typeof adds !== 'number')
    return wrong('"adds" of "account" must be true, false or a number');
  return { field, adds };
}

function draw(
  prng: Prng,
  number: number,
  templates: readonly Template[],
  at: number,
): ReturnType<DrawRequest> {
  let left = at;
  const found = templates.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  const { method, target, body, keyed, retried, account } = found ?? (templates[0] as Template);
  const name = prng.pick(ACCOUNTS);
  const amount = prng.between(1, AMOUNT_AT_MOST);
  const fill = (text: string): string =>
    text
      .replaceAll('{account}', name)
      .replaceAll('{amount}', String(amount))
      .replaceAll('{user}', `user-${number + 1}`);
  const added = typeof account?.adds === 'number' ? account.adds : account?.adds === true ? amount : 0;
  const meaning = account === null ? null : { name, adds: added, field: account.field };
  return {
    keyed,
    ...(retried ? { retried } : {}),
    ...(keyed && prng.chance(SESSION_SHARE) ? { session: drawSession(prng) } : {}),
    what: { method, target: fill(target), body: fill(body), account: meaning },
  };
}

const drawSession = (prng: Prng): PlannedSession => ({
  slot: prng.between(0, SLOTS - 1),
  copyAfterMs: prng.chance(COPY_SHARE) ? prng.pick(COPIES_AFTER_MS) : null,
});
