/**
 * Forms as bodies: multipart/form-data (RFC 7578, as the Fetch standard has it)
 * and application/x-www-form-urlencoded.
 */
import { randomBytes } from '../crypto.ts';
import { URLSearchParams } from '../url-search-params.ts';
import { decodeUtf8, encodeUtf8 } from '../utf8.ts';
import {
  blobOf,
  bytesOfBlob,
  entriesOf,
  File,
  type FormData,
  type FormEntry,
  type FormValue,
  formOf,
} from './form-data.ts';

const BOUNDARY_BYTES = 16;
const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;
/** The head of one part; more is no form that anybody sends. */
const HEAD_BYTES = 16 * 1024;

/** Names and file names, with what would end them escaped. */
const escaped = (text: string): string =>
  text.replace(/\r\n|\r|\n|"/g, (found) =>
    found === '"' ? '%22' : found === '\r' ? '%0D' : found === '\n' ? '%0A' : '%0D%0A',
  );

export function multipartOf(form: FormData): { readonly bytes: ArrayBuffer; readonly type: string } {
  let boundary = '----tandem-form-';
  for (const byte of randomBytes(BOUNDARY_BYTES)) boundary += byte.toString(16).padStart(2, '0');
  const parts: BlobPartOf[] = [];
  for (const [name, value] of entriesOf(form)) parts.push(...partOf(boundary, name, value));
  parts.push(`--${boundary}--\r\n`);
  return { bytes: joined(parts), type: `multipart/form-data; boundary=${boundary}` };
}

type BlobPartOf = string | ArrayBuffer;

function partOf(boundary: string, name: string, value: FormValue): BlobPartOf[] {
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name.replace(/\r\n?|\n/g, '\r\n'))}"`;
  if (typeof value === 'string') return [`${head}\r\n\r\n${value.replace(/\r\n?|\n/g, '\r\n')}\r\n`];
  const type = value.type === '' ? 'application/octet-stream' : value.type;
  return [
    `${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`,
    bytesOfBlob(value),
    '\r\n',
  ];
}

function joined(parts: readonly BlobPartOf[]): ArrayBuffer {
  const buffers = parts.map((part) => (typeof part === 'string' ? encodeUtf8(part) : part));
  const whole = new Uint8Array(buffers.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const buffer of buffers) {
    whole.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return whole.buffer;
}

const notAForm = (why: string): TypeError => new TypeError(`The body cannot be read as a form: ${why}`);

export function parseForm(buffer: ArrayBuffer, contentType: string): FormData {
  const [essence = ''] = contentType.split(';');
  const kind = essence.trim().toLowerCase();
  if (kind === 'application/x-www-form-urlencoded') {
    const text = decodeUtf8(buffer, 0, buffer.byteLength);
    return formOf([...new URLSearchParams(`?${text}`).entries()]);
  }
  if (kind !== 'multipart/form-data') throw notAForm(`its type is ${JSON.stringify(contentType)}`);
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw notAForm('its type names no boundary');
  return formOf(parts(new Uint8Array(buffer), new Uint8Array(encodeUtf8(`--${mark}`))));
}

function parts(bytes: Uint8Array, mark: Uint8Array): FormEntry[] {
  const entries: FormEntry[] = [];
  let at = find(bytes, mark, 0);
  if (at < 0) throw notAForm('its boundary is nowhere');
  for (;;) {
    at += mark.byteLength;
    if (bytes[at] === DASH && bytes[at + 1] === DASH) return entries;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) throw notAForm('a boundary does not end its line');
    const end = nextMark(bytes, mark, at + 2);
    entries.push(entryOf(bytes, at + 2, end));
    at = end + 2;
  }
}

/** Where the line break before the next boundary begins. */
function nextMark(bytes: Uint8Array, mark: Uint8Array, from: number): number {
  for (let at = from; ; at += 1) {
    at = find(bytes, mark, at);
    if (at < 0) throw notAForm('a part does not end');
    if (bytes[at - 2] === CR && bytes[at - 1] === LF) return at - 2;
  }
}

function entryOf(bytes: Uint8Array, from: number, end: number): FormEntry {
  let head = from;
  while (
    !(bytes[head] === CR && bytes[head + 1] === LF && bytes[head + 2] === CR && bytes[head + 3] === LF)
  ) {
    head += 1;
    if (head >= end || head - from > HEAD_BYTES) throw notAForm('the head of a part does not end');
  }
  const fields = new Map<string, string>();
  const text = decodeUtf8(bytes.buffer as ArrayBuffer, from, head - from);
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = fields.get('content-disposition') ?? '';
  const name = parameter(disposition, 'name');
  if (!/^form-data\b/i.test(disposition) || name === undefined) throw notAForm('a part has no name');
  const filename = parameter(disposition, 'filename');
  const content = bytes.buffer.slice(head + 4, end) as ArrayBuffer;
  if (filename === undefined) return [name, decodeUtf8(content, 0, content.byteLength)];
  const type = fields.get('content-type') ?? 'text/plain';
  return [name, new File([blobOf(content, type)], filename, { type })];
}

function parameter(disposition: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}="([^"]*)"`, 'i').exec(disposition);
  return found?.[1]?.replace(/%0D|%0A|%22/gi, (code) =>
    String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  );
}

function find(bytes: Uint8Array, part: Uint8Array, from: number): number {
  const first = part[0] as number;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let matched = 1;
    while (matched < part.byteLength && bytes[at + matched] === part[matched]) matched += 1;
    if (matched === part.byteLength) return at;
  }
  return -1;
}
