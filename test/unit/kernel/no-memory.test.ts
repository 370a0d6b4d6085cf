/**
 * The kernel's side of a hypercall for whose result the machine has no memory left: the host gives nothing
 * then (abi.ts).
 */
import { beforeEach, expect, test } from 'vitest';
import { CONTROL, HYPERCALL } from '../../../src/kernel/abi.ts';
import { connect } from '../../../src/kernel/host.ts';
import { decodeUtf8, encodeUtf8, utf8Length } from '../../../src/kernel/utf8.ts';

const PARTS = 'a long first part, and a second one\0'.repeat(2);
const BYTES = new TextEncoder().encode(PARTS).buffer as ArrayBuffer;
const calls: number[] = [];

beforeEach(() => {
  calls.length = 0;
  connect((operation) => {
    calls.push(operation);
    return undefined;
  }, new ArrayBuffer(CONTROL.sizeBytes));
});

test.each<readonly [string, number, () => unknown]>([
  ['encoded', HYPERCALL.utf8Length, () => encodeUtf8(PARTS)],
  ['measured', HYPERCALL.utf8Length, () => utf8Length('a')],
  ['decoded', HYPERCALL.utf8Decode, () => decodeUtf8(BYTES, 0, 8)],
])(
  'a text that is %s without memory for the result is an error, and nothing goes on',
  (_, operation, use) => {
    expect(use).toThrow('There is not enough memory');
    expect(calls).toEqual([operation]);
  },
);

test('the parts of a text are not written on behind one whose length nobody knows', () => {
  connect((operation, ...rest) => {
    calls.push(operation);
    return operation === HYPERCALL.utf8Length ? (rest[0] as string).length : undefined;
  }, new ArrayBuffer(CONTROL.sizeBytes));
  expect(() => encodeUtf8(PARTS)).toThrow('There is not enough memory');
  expect(calls.filter((operation) => operation === HYPERCALL.utf8Encode)).toHaveLength(1);
});
