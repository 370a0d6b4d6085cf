import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeResponseHead,
  encodeAbort,
  encodeFormerClientsGone,
  encodeRequest,
} from '../../../src/host/front/request-codec.ts';
import { decodeRequest } from './decode-request.ts';

const encoder = new TextEncoder();
const get = (...rawHeaders: string[]) => ({ method: 'GET', target: '/', rawHeaders });
const headersOf = (...rawHeaders: string[]) => {
  const payload = encodeRequest(1, get(...rawHeaders), new Uint8Array(0));
  return payload === undefined ? undefined : decodeRequest(payload).headers;
};

describe('request payload', () => {
  test('is what was encoded, for any id, header value and body', () => {
    const byteString = fc
      .array(fc.integer({ min: 32, max: 255 }), { maxLength: 30 })
      .map((codes) => String.fromCharCode(...codes));
    const token = fc.stringMatching(/^X-[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}$/);
    const headers = fc.array(fc.tuple(token, byteString), { maxLength: 8 });
    fc.assert(
      fc.property(fc.maxSafeInteger().map(Math.abs), headers, fc.uint8Array(), (id, pairs, body) => {
        const request = { method: 'POST', target: '/a?b=ä', rawHeaders: pairs.flat() };
        const { headers: decoded, ...rest } = decodeRequest(encodeRequest(id, request, body)!);
        expect(rest).toEqual({ id, method: 'POST', target: '/a?b=ä', body: Buffer.from(body) });
        expect(decoded).toEqual(pairs.map(([name, value]) => [name.toLowerCase(), value]));
      }),
    );
  });

  test('names of well-known headers travel as one character, in any spelling', () => {
    const payload = encodeRequest(
      1,
      get('Host', 'a', 'CONTENT-TYPE', 'b', 'traceparent', 'c'),
      new Uint8Array(0),
    )!;
    expect(Buffer.from(payload).toString('latin1')).toBe('\x02\x01\x11GET\n/\n\x01\na\n\x03\nb\n\x1f\nc');
  });

  test('headers about the connection stay outside, also those that the connection names', () => {
    expect(headersOf('Host', 'h', 'Connection', 'keep-alive', 'TE', 'trailers', 'X-A', '1')).toEqual([
      ['host', 'h'],
      ['x-a', '1'],
    ]);
    expect(headersOf('Host', 'h', 'X-A', '1', 'connection', 'Upgrade, x-a, host', 'Upgrade', 'h2c')).toEqual([
      ['host', 'h'],
    ]);
  });

  test('repeated headers stay apart and in order', () => {
    expect(headersOf('X-B', '1', 'X-A', '2', 'x-b', '3')).toEqual([
      ['x-b', '1'],
      ['x-a', '2'],
      ['x-b', '3'],
    ]);
  });

  test.each([
    ['a NUL in a value', get('X-A', 'a\0b')],
    ['a line break in a value', get('X-A', 'a\nhost\nevil')],
    ['a line break in the target', { method: 'GET', target: '/\nhost\nevil', rawHeaders: [] }],
    ['two hosts', get('Host', 'a', 'host', 'b')],
  ])('%s has no place in a head', (_case, request) => {
    expect(encodeRequest(1, request, new Uint8Array(0))).toBeUndefined();
  });

  test('an abort is its kind and the request id', () => {
    expect([...encodeAbort(300)]).toEqual([3, 0xac, 0x02]);
  });

  test('that the clients of a former primary are gone is its kind, the first id, a count and so many ids', () => {
    expect([...encodeFormerClientsGone(300, [7, 299])]).toEqual([11, 0xac, 0x02, 2, 7, 0xab, 0x02]);
    expect([...encodeFormerClientsGone(1, [])]).toEqual([11, 1, 0]);
  });

  test('UTF-8 bytes of a value arrive as the byte string that Fetch prescribes', () => {
    const asNodeGivesIt = Buffer.from(encoder.encode('ü')).toString('latin1');
    expect(headersOf('X-A', asNodeGivesIt)).toEqual([['x-a', 'Ã¼']]);
  });
});

describe('response head', () => {
  test('is a status, then names and values, without what belongs to the connection', () => {
    expect(
      decodeResponseHead(
        '200\ncontent-type\ntext/plain\nConnection\nclose\nContent-Length\n5\nset-cookie\na',
      ),
    ).toEqual({
      status: 200,
      headers: ['content-type', 'text/plain', 'set-cookie', 'a'],
      declaredLength: '5',
    });
  });

  test.each(['', '199', '600', '101', 'abc', '200.5', '200\nname', '200\na\nb\nc'])('%j is none', (head) => {
    expect(decodeResponseHead(head)).toBeUndefined();
  });
});
