/**
 * Which servers a guest may call: none but those that the operator names (`--allow-net`), as in Deno.
 * The list belongs to the host and not to the image: what it refuses is an answer like any other, and
 * so an input that the backup is told.
 */
import { isIPv6 } from 'node:net';
import { TandemError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';

interface Rule {
  /** `*` for all, `.example.com` for every name below it, else one name or address. */
  readonly host: string;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['https:', 443],
]);
const NAME = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/;

export class AllowList {
  readonly #rules: readonly Rule[];
  readonly #tell: (refusal: string) => void;
  readonly #told = new Set<string>();

  /**
   * `HOST`, `HOST:PORT`, `*.example.com`, `[::1]:8080`, `*`. Throws a TandemError for anything else. `tell`
   * is for whoever can change the list: it hears of each server once, since a program may well keep to itself
   * what it was told, and ask again for ever.
   */
  constructor(words: readonly string[], tell: (refusal: string) => void = () => {}) {
    this.#rules = words.map(parseRule);
    this.#tell = tell;
  }

  /** Names are compared as they stand in the URL; what address a name has is not asked. */
  allows(url: URL): boolean {
    const host = url.hostname.toLowerCase();
    const port = portOf(url);
    return this.#rules.some((rule) => (rule.port ?? port) === port && matches(rule.host, host));
  }

  /** Refuses a call: what the guest is told. */
  refuse(url: URL): string {
    const refusal = `${url.host} is not allowed: start Tandem with --allow-net ${url.hostname}:${portOf(url)}`;
    if (this.#told.size < limits.refusedServersTold && !this.#told.has(refusal)) {
      this.#told.add(refusal);
      this.#tell(`the program's call was refused: ${refusal}`);
    }
    return refusal;
  }
}

const portOf = (url: URL): number =>
  url.port === '' ? (DEFAULT_PORTS.get(url.protocol) ?? 0) : Number(url.port);

const matches = (rule: string, host: string): boolean =>
  rule === '*' || (rule.startsWith('.') ? host.endsWith(rule) : rule === host);

function parseRule(word: string): Rule {
  const text = word.trim().toLowerCase();
  const [, name = text, port] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text) ?? [];
  const value = port === undefined ? undefined : Number(port);
  const isPort = value === undefined || (value > 0 && value <= 65_535);
  if (isPort && isHost(name))
    return { host: name.startsWith('*.') ? name.slice(1) : canonical(name), port: value };
  throw new TandemError(
    'ALLOW_NET',
    `--allow-net does not know what ${JSON.stringify(word)} is`,
    'give HOST, HOST:PORT, *.example.com or *, several separated by commas',
    2,
  );
}

const isHost = (name: string): boolean =>
  name === '*' || NAME.test(name) || (/^\[.*\]$/.test(name) && isIPv6(name.slice(1, -1)));

/** As it stands in a URL. */
const canonical = (name: string): string => (name === '*' ? name : new URL(`http://${name}/`).hostname);
