/**
 * A client's request as the interrupt that the kernel takes (kernel/abi.ts), and the kernel's
 * response head as Node takes it: the network card of FT's virtual machine (FT §2.1, §3.5). Pure
 * functions; the bytes made here are what is logged.
 *
 * Header values are byte strings, as in the Fetch standard: each byte that a client sent is one
 * character from 0 to 255 for the guest, and the other way round. Node gives and takes such strings
 * ("latin1"); in the payload they travel as UTF-8.
 */
import { HEAD_SEPARATOR, INTERRUPT, SHORT_HEADER_NAMES } from '../../kernel/abi.ts';

/**
 * Headers about one connection, not about the request or response (RFC 9110 §7.6.1), and `expect`, which the
 * front answers itself. The guest neither sees nor sets them.
 */
export const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const DROPPED = '';

/**
 * What travels for a header's name, by the spellings that clients use;
 * others are put into lower case one by one.
 */
const travellingNames: ReadonlyMap<string, string> = (() => {
  const names = new Map<string, string>();
  const add = (name: string, travelling: string): void => {
    names.set(name, travelling);
    names.set(
      name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()),
      travelling,
    );
  };
  SHORT_HEADER_NAMES.forEach((name, index) => {
    // Code 10 is the separator.
    add(name, String.fromCharCode(index < 9 ? index + 1 : index + 2));
  });
  for (const name of CONNECTION_HEADERS) add(name, DROPPED);
  return names;
})();

const HOST = travellingNames.get('host') ?? 'host';

export interface ClientRequest {
  readonly method: string;
  /** As the client sent it; below Tandem's own paths in their only spelling (own-paths.ts). */
  readonly target: string;
  /** Name, value, name, value, …, as Node gives them. */
  readonly rawHeaders: readonly string[];
  /** It asks for a WebSocket: the one upgrade that the guest hears of. */
  readonly isHandshake?: boolean;
}

export type RequestKind = typeof INTERRUPT.request | typeof INTERRUPT.openRequest;

/**
 * Payload of a `request` interrupt, or of `openRequest` when more of the body is to come; undefined for a
 * request that has no place in one: a NUL or a line break where none may be, or two hosts. Borrows `body`.
 */
export function encodeRequest(
  requestId: number,
  request: ClientRequest,
  body: Uint8Array,
  kind: RequestKind = INTERRUPT.request,
): Uint8Array | undefined {
  const head = encodeRequestHead(requestId, request, kind);
  return head === undefined ? undefined : Buffer.concat([head, body]);
}

/** The same without the body, which follows it as it is. */
export function encodeRequestHead(
  requestId: number,
  request: ClientRequest,
  kind: RequestKind,
): Uint8Array | undefined {
  const head = headText(request);
  if (head === undefined) return undefined;
  const headBytes = Buffer.byteLength(head, 'utf8');
  const payload = Buffer.allocUnsafe(1 + leb128Bytes(requestId) + leb128Bytes(headBytes) + headBytes);
  payload[0] = kind;
  const offset = writeLeb128(payload, headBytes, writeLeb128(payload, requestId, 1));
  payload.write(head, offset, 'utf8');
  return payload;
}

/** Payload of an `abort` interrupt: the client of this request is gone. */
export function encodeAbort(requestId: number): Uint8Array {
  const payload = Buffer.allocUnsafe(1 + leb128Bytes(requestId));
  payload[0] = INTERRUPT.abort;
  writeLeb128(payload, requestId, 1);
  return payload;
}

/** Payload of `formerClientsGone`: of requests below `firstId` only those named `waiting` have a client. */
export function encodeFormerClientsGone(firstId: number, waiting: readonly number[]): Uint8Array {
  const numbers = [firstId, waiting.length, ...waiting];
  const payload = Buffer.allocUnsafe(numbers.reduce((bytes, number) => bytes + leb128Bytes(number), 1));
  payload[0] = INTERRUPT.formerClientsGone;
  numbers.reduce((offset, number) => writeLeb128(payload, number, offset), 1);
  return payload;
}

/** Payload of a `bodyChunk` interrupt: a piece of a request's body. Borrows `bytes`. */
export function encodeBodyChunk(requestId: number, bytes: Uint8Array, isLast: boolean): Uint8Array {
  const idBytes = leb128Bytes(requestId);
  const payload = Buffer.allocUnsafe(2 + idBytes + bytes.length);
  payload[0] = INTERRUPT.bodyChunk;
  const offset = writeLeb128(payload, requestId, 1);
  payload[offset] = isLast ? 1 : 0;
  payload.set(bytes, offset + 1);
  return payload;
}

/** Payload of a `drained` interrupt: the client has taken in so many bytes of a response in parts. */
export function encodeDrained(requestId: number, bytes: number): Uint8Array {
  const payload = Buffer.allocUnsafe(1 + leb128Bytes(requestId) + leb128Bytes(bytes));
  payload[0] = INTERRUPT.drained;
  writeLeb128(payload, bytes, writeLeb128(payload, requestId, 1));
  return payload;
}

/** Whether it has a place in a `request` interrupt: see {@link encodeRequest}. */
export const isWellFormed = (request: ClientRequest): boolean => headText(request) !== undefined;

/** Name, value, name, value, … without what is about one connection; for another host of the same machine. */
export function endToEndHeaders(rawHeaders: readonly string[]): string[] {
  const named = namedByConnection(rawHeaders);
  const headers: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const lowerCase = name.toLowerCase();
    if (CONNECTION_HEADERS.has(lowerCase) || named?.has(lowerCase)) continue;
    headers.push(name, rawHeaders[i + 1] ?? '');
  }
  return headers;
}

function headText({ method, target, rawHeaders, isHandshake }: ClientRequest): string | undefined {
  const named = namedByConnection(rawHeaders);
  let head = method + HEAD_SEPARATOR + target;
  let hosts = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const value = rawHeaders[i + 1] ?? '';
    const travelling = travellingNames.get(name) ?? travellingName(name);
    if (travelling === DROPPED || named?.has(name.toLowerCase())) continue;
    if (travelling === HOST) hosts += 1;
    // Node's parser lets no line break through. A head is cut at them, so this is not
    // left to somebody else's parser alone.
    if (value.includes(HEAD_SEPARATOR)) return undefined;
    head += HEAD_SEPARATOR + travelling + HEAD_SEPARATOR + value;
  }
  if (isHandshake === true) head += `${HEAD_SEPARATOR}upgrade${HEAD_SEPARATOR}websocket`;
  if (hosts > 1 || target.includes(HEAD_SEPARATOR) || head.includes('\0')) return undefined;
  return head;
}

function travellingName(name: string): string {
  const lowerCase = name.toLowerCase();
  return travellingNames.get(lowerCase) ?? lowerCase;
}

/** Headers that this request's `Connection` declares to be the connection's own; nearly always none. */
function namedByConnection(rawHeaders: readonly string[]): ReadonlySet<string> | undefined {
  let named: Set<string> | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    const value = (rawHeaders[i + 1] ?? '').toLowerCase();
    if (value === 'keep-alive' || value === 'close') continue;
    named ??= new Set();
    for (const token of value.split(',')) named.add(token.trim());
  }
  // A client cannot make the guest lose its host this way.
  named?.delete('host');
  return named;
}

export interface ResponseHead {
  readonly status: number;
  /** Name, value, name, value, … */
  readonly headers: string[];
  /**
   * Length of the body as the guest gives it: counts only where no body is sent, as in the answer to a HEAD.
   */
  readonly declaredLength: string | undefined;
}

/**
 * Undefined when it is no head of a final response. Whether the names and values are
 * legal, Node tells when it sends them.
 */
export function decodeResponseHead(head: string): ResponseHead | undefined {
  const lines = head.split(HEAD_SEPARATOR);
  const status = Number(lines[0]);
  if (!Number.isInteger(status) || status < 200 || status > 599 || lines.length % 2 === 0) return undefined;
  const headers: string[] = [];
  let declaredLength: string | undefined;
  for (let i = 1; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? '';
    const value = lines[i + 1] ?? '';
    const lowerCase = name.toLowerCase();
    if (lowerCase === 'content-length') declaredLength = value;
    else if (!CONNECTION_HEADERS.has(lowerCase)) headers.push(name, value);
  }
  return { status, headers, declaredLength };
}

/** What Tandem itself says to clients. */
const OWN_NAME = /^tandem-[a-z-]+$/;
const SENDABLE = /^[\x20-\x7e]*$/;

/**
 * The head of a 500 for a response that cannot be sent. What Tandem says in that one holds for this one, too:
 * by it a client knows that its request was executed.
 */
export function headInPlaceOf(head: string): string {
  const parts = ['500'];
  const headers = decodeResponseHead(head)?.headers ?? [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    if (OWN_NAME.test(name) && SENDABLE.test(value)) parts.push(name, value);
  }
  return parts.join(HEAD_SEPARATOR);
}

function leb128Bytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

/** Returns the offset behind what it wrote. */
function writeLeb128(target: Uint8Array, value: number, offset: number): number {
  let next = offset;
  let rest = value;
  while (rest >= 128) {
    target[next] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
    next += 1;
  }
  target[next] = rest;
  return next + 1;
}
