import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from './harness.ts';

test('TextDecoder gives what Node gives for random bytes, whole and in chunks, fatal and not', () => {
  const interesting = fc.constantFrom(
    0,
    0x41,
    0x7f,
    0x80,
    0xbf,
    0xc0,
    0xc2,
    0xc3,
    0xa9,
    0xe0,
    0xa0,
    0xe2,
    0x82,
    0xac,
    0xed,
    0x9f,
    0xef,
    0xbb,
    0xf0,
    0x9f,
    0x98,
    0x80,
    0xf4,
    0x8f,
    0x90,
    0xf5,
    0xff,
  );
  const bytes = fc.sample(fc.array(interesting, { maxLength: 12 }), { numRuns: 1500, seed: 3 });
  const decode = (rows: number[][]): unknown =>
    rows.map((row) => {
      const data = new Uint8Array(row);
      const results: unknown[] = [];
      for (const label of ['utf-8', 'utf-16le', 'latin1']) {
        // Node 20 takes whole latin1 inputs for ISO-8859-1; only its streaming
        // path is the standard's windows-1252.
        for (const options of label === 'latin1' ? [] : [{}, { fatal: true }, { ignoreBOM: true }]) {
          try {
            results.push(new TextDecoder(label, options).decode(data));
          } catch (error) {
            results.push((error as Error).name);
          }
        }
        const stream = new TextDecoder(label);
        let text = '';
        for (let at = 0; at < data.length; at += 3)
          text += stream.decode(data.subarray(at, at + 3), { stream: true });
        results.push(text + stream.decode());
      }
      return results;
    });
  const guest = evaluate<unknown[][]>(
    `(${decode.toString().replaceAll(' as Error', '')})(${JSON.stringify(bytes)})`,
  );
  const node = decode(bytes) as unknown[][];
  for (const [index, row] of bytes.entries())
    expect({ row, text: guest[index] }).toEqual({ row, text: node[index] });
});

test('TextEncoder gives the bytes that Node gives: NULs, surrogates, long texts, encodeInto', () => {
  const script = (): unknown => {
    const encoder = new TextEncoder();
    const texts = [
      '',
      'a',
      'ä',
      '\0',
      'a\0b\0',
      '\ud800',
      'x\udc00y',
      '😀',
      'long ä '.repeat(300),
      'z\0ü'.repeat(50),
    ];
    const into = new Uint8Array(7);
    return [
      texts.map((text) => [...encoder.encode(text)]),
      texts.map((text) => encoder.encodeInto(text, into)),
      [...into],
      encoder.encoding,
      [...encoder.encode(undefined)],
    ];
  };
  expect(evaluate(`(${script.toString()})()`)).toEqual(JSON.parse(JSON.stringify(script())));
});

test('a label that is unknown is refused, and the labels of the known encodings are all taken', () => {
  expect(
    evaluate(
      `['utf8','UTF-8 ','unicode-1-1-utf-8','utf-16','ascii','latin1'].map((l) => new TextDecoder(l).encoding)`,
    ),
  ).toEqual(['utf-8', 'utf-8', 'utf-8', 'utf-16le', 'windows-1252', 'windows-1252']);
  expect(evaluate(`(() => { try { new TextDecoder('koi8-r') } catch (e) { return e.name } })()`)).toBe(
    'RangeError',
  );
});

test('atob and btoa agree with Node', () => {
  const script = (): unknown => {
    const texts = ['', 'a', 'ab', 'abc', 'abcd', '\xff\0\x80', 'x'.repeat(2000)];
    const coded = ['', 'YQ==', 'YQ', ' Y W J j ', 'YR==', 'Y', 'YQ=', '====', 'Y-_=', 'YWJj\n'];
    const attempt = (f: () => string): string => {
      try {
        return f();
      } catch (error) {
        return (error as Error).name;
      }
    };
    return [
      texts.map((text) => btoa(text)),
      coded.map((text) => attempt(() => atob(text))),
      attempt(() => btoa('\u0100')),
    ];
  };
  expect(evaluate(`(${script.toString().replaceAll(' as Error', '')})()`)).toEqual(
    JSON.parse(JSON.stringify(script())),
  );
});
