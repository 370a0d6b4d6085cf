/** Punycode (RFC 3492): international labels in ASCII. */
import {
  bareArray,
  charCodeAt,
  codePointAt,
  fromCharCode,
  fromCodePoint,
  MathFloor,
  MathMax,
  stringLastIndexOf,
  stringSlice,
} from './primordials.ts';

const BASE = 36;
const T_MINIMUM = 1;
const T_MAXIMUM = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_N = 128;
const LAST_POINT = 0x10ffff;

function adapt(delta: number, count: number, first: boolean): number {
  let rest = first ? MathFloor(delta / DAMP) : delta >> 1;
  rest += MathFloor(rest / count);
  let k = 0;
  while (rest > ((BASE - T_MINIMUM) * T_MAXIMUM) >> 1) {
    rest = MathFloor(rest / (BASE - T_MINIMUM));
    k += BASE;
  }
  return k + MathFloor(((BASE - T_MINIMUM + 1) * rest) / (rest + SKEW));
}

const threshold = (k: number, bias: number): number =>
  k <= bias ? T_MINIMUM : k >= bias + T_MAXIMUM ? T_MAXIMUM : k - bias;
const digit = (value: number): string => fromCharCode(value < 26 ? value + 97 : value + 22);

function codePoints(text: string): number[] {
  const points = bareArray<number>();
  for (let index = 0; index < text.length; index += 1) {
    const point = codePointAt(text, index) as number;
    points[points.length] = point;
    if (point > 0xffff) index += 1;
  }
  return points;
}

/** The label without the `xn--` prefix. */
export function punycode(label: string): string {
  const points = codePoints(label);
  let output = '';
  for (let index = 0; index < points.length; index += 1) {
    const point = points[index] as number;
    if (point < INITIAL_N) output += fromCharCode(point);
  }
  const basic = output.length;
  let handled = basic;
  if (basic > 0) output += '-';
  let n = INITIAL_N;
  let delta = 0;
  let bias = INITIAL_BIAS;
  while (handled < points.length) {
    const next = smallestFrom(points, n);
    delta += (next - n) * (handled + 1);
    n = next;
    for (let index = 0; index < points.length; index += 1) {
      const point = points[index] as number;
      if (point < n) delta += 1;
      if (point !== n) continue;
      output += variableLength(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic);
      delta = 0;
      handled += 1;
    }
    delta += 1;
    n += 1;
  }
  return output;
}

function smallestFrom(points: readonly number[], n: number): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let index = 0; index < points.length; index += 1) {
    const point = points[index] as number;
    if (point >= n && point < smallest) smallest = point;
  }
  return smallest;
}

function variableLength(delta: number, bias: number): string {
  let text = '';
  let q = delta;
  for (let k = BASE; ; k += BASE) {
    const t = threshold(k, bias);
    if (q < t) return text + digit(q);
    text += digit(t + ((q - t) % (BASE - t)));
    q = MathFloor((q - t) / (BASE - t));
  }
}

/** The label behind `xn--`; undefined when there is none, or one that is plain ASCII. */
export function unpunycode(encoded: string): string | undefined {
  const dash = stringLastIndexOf(encoded, '-');
  const points = codePoints(stringSlice(encoded, 0, MathMax(dash, 0)));
  let at = dash > 0 ? dash + 1 : 0;
  let n = INITIAL_N;
  let i = 0;
  let bias = INITIAL_BIAS;
  if (at >= encoded.length) return undefined;
  while (at < encoded.length) {
    const before = i;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const value = at < encoded.length ? digitValue(charCodeAt(encoded, at)) : -1;
      at += 1;
      if (value < 0) return undefined;
      i += value * weight;
      const t = threshold(k, bias);
      if (value < t) break;
      weight *= BASE - t;
    }
    const count = points.length + 1;
    bias = adapt(i - before, count, before === 0);
    n += MathFloor(i / count);
    i %= count;
    if (n > LAST_POINT) return undefined;
    for (let place = points.length; place > i; place -= 1) points[place] = points[place - 1] as number;
    points[i] = n;
    i += 1;
  }
  let label = '';
  for (let index = 0; index < points.length; index += 1) label += fromCodePoint(points[index] as number);
  return label;
}

function digitValue(unit: number): number {
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x61;
  return unit >= 0x30 && unit <= 0x39 ? unit - 22 : -1;
}
