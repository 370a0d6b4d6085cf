/**
 * Recognizes the request that nearly every client sends: one packet, the whole of a request and
 * nothing else, with nothing in it that needs thought. As TCP's header prediction has it, the common
 * case is told by a few comparisons, and whatever fails one is left to the general way, which is
 * Node's parser. So this knows a small part of HTTP/1.1 (RFC 9112) strictly, and whatever two parsers
 * could read in two ways is no part of it.
 */
import { limits } from '../../base/limits.ts';

export interface FastRequest {
  readonly method: string;
  readonly target: string;
  /** Name, value, name, value, …, as Node gives them. */
  readonly rawHeaders: readonly string[];
  /** A view of what was received. */
  readonly body: Uint8Array;
  /** It comes from a browser's page of another origin, perhaps. */
  readonly hasOrigin: boolean;
}

const HEAD_END = '\r\n\r\n';
/** Not HEAD, whose reply has no body; not OPTIONS and CONNECT, whose targets may be no paths. */
const REQUEST_LINE = /^(GET|POST|PUT|PATCH|DELETE) (\/[!-~]*) HTTP\/1\.1$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What no value may have: control characters other than the tab, thus also half a line break. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
/** A whole line: Node takes no tab here, where it takes one elsewhere. */
const LENGTH = /: *\d{1,9} *$/;
const BLANKS_AROUND = /^[ \t]+|[ \t]+$/g;

/** How a header counts here; every other one is the guest's alone. */
const KINDS: ReadonlyMap<string, 'host' | 'length' | 'connection' | 'origin' | 'unusual'> = new Map([
  ['host', 'host'],
  ['content-length', 'length'],
  ['connection', 'connection'],
  ['origin', 'origin'],
  ['expect', 'unusual'],
  ['proxy-connection', 'unusual'],
  ['transfer-encoding', 'unusual'],
  ['upgrade', 'unusual'],
]);

/** Undefined for what is not exactly one such request. Borrows `packet`. */
export function fastRequest(packet: Buffer): FastRequest | undefined {
  const headEnd = packet.indexOf(HEAD_END);
  if (headEnd < 0 || headEnd + HEAD_END.length > limits.requestHeadBytes) return undefined;
  const [first = '', ...lines] = packet.toString('latin1', 0, headEnd).split('\r\n');
  const [, method, target] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const rawHeaders: string[] = [];
  let hosts = 0;
  let length: string | undefined;
  let hasOrigin = false;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon < 1 || !NAME.test(name) || CONTROL.test(line)) return undefined;
    const value = valueBehind(line, colon);
    rawHeaders.push(name, value);
    const kind = KINDS.get(name.toLowerCase());
    if (kind === undefined) continue;
    if (kind === 'host') hosts += 1;
    else if (kind === 'origin') hasOrigin = true;
    else if (kind === 'length' && length === undefined && LENGTH.test(line)) length = value;
    else if (kind !== 'connection' || value.toLowerCase() !== 'keep-alive') return undefined;
  }
  const bodyAt = headEnd + HEAD_END.length;
  if (hosts !== 1 || packet.length - bodyAt !== Number(length ?? 0)) return undefined;
  return { method, target, rawHeaders, body: packet.subarray(bodyAt), hasOrigin };
}

/** Without the blanks around it, of which there is nearly always one. */
function valueBehind(line: string, colon: number): string {
  const value = line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1);
  const isBare = !isBlank(value.charCodeAt(0)) && !isBlank(value.charCodeAt(value.length - 1));
  return isBare ? value : value.replace(BLANKS_AROUND, '');
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;
