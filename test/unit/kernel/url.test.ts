/**
 * The guest's URL against Node's: a table of what parsers get wrong, and
 * random texts made of what matters to them.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { punycode } from '../../../src/kernel/punycode.ts';
import { evaluate, Guest } from './harness.ts';

const PARTS = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;

type Parsed = Record<string, string> | 'invalid';
type Case = readonly [url: string, base?: string];

function nodeParse([url, base]: Case): Parsed {
  try {
    const parsed = new URL(url, base);
    return Object.fromEntries(PARTS.map((part) => [part, parsed[part]]));
  } catch {
    return 'invalid';
  }
}

function guestParse(cases: readonly Case[]): Parsed[] {
  return evaluate<Parsed[]>(
    `${JSON.stringify(cases)}.map(([url, base]) => {
      try { const u = new URL(url, base); return Object.fromEntries(${JSON.stringify(PARTS)}.map((p) => [p, u[p]])) }
      catch (e) { return e instanceof TypeError ? 'invalid' : String(e) } })`,
  );
}

const TABLE: readonly Case[] = [
  ['http://example.com'],
  ['HTTP://EXAMPLE.com:80/'],
  ['https://example.com:443/a'],
  ['https://example.com:0080/'],
  ['http://user:pa:ss@host/'],
  ['http://user@host'],
  ['http://@host/'],
  ['http://u%40:p%3A@h/'],
  ['http://a@b@c/'],
  ['http://host:/'],
  ['http://host:65536/'],
  ['http://host:8a/'],
  ['http://:80/'],
  ['http:///a'],
  ['http:a'],
  ['http:\\\\x\\y'],
  ['//x/y', 'https://b/c'],
  ['/y', 'https://u:p@b:8/c?q#f'],
  ['y', 'https://b/c/d'],
  ['../y', 'https://b/c/d/e'],
  ['./', 'https://b/c/d'],
  ['?q', 'https://b/c?old#f'],
  ['#f', 'https://b/c?q#old'],
  ['', 'https://b/c?q#old'],
  ['..', 'https://b'],
  ['http:y', 'http://b/c/'],
  ['https:y', 'http://b/c/'],
  ['x:y'],
  ['x:/y/../z'],
  ['x://h/y/./z/..'],
  ['x:///p'],
  ['x:'],
  ['x://'],
  ['mailto:a@b?subject=x y'],
  ['data:text/plain,hi there#f g'],
  ['javascript:alert(1)'],
  ['blob:https://a/b'],
  ['file:///a/b'],
  ['file:///C|/x/../..'],
  ['file://host/p'],
  ['file://localhost/p'],
  ['file:p', 'file:///d/e'],
  ['/p', 'file:///C:/d'],
  ['C|/x', 'file:///d'],
  ['file:///C:/../..'],
  ['file:#f', 'file:///a?b'],
  ['http://1.2.3.4'],
  ['http://0x7f.1'],
  ['http://0300.1'],
  ['http://256'],
  ['http://1.2.3.256'],
  ['http://4294967296'],
  ['http://1.2.3.4.5'],
  ['http://09.1'],
  ['http://1..2'],
  ['http://[::1]:3/'],
  ['http://[1:2:3:4:5:6:7:8]'],
  ['http://[1:0:0:4:0:0:0:8]'],
  ['http://[::1.2.3.4]'],
  ['http://[::1.2.3]'],
  ['http://[1::2::3]'],
  ['http://[1:2]'],
  ['http://[::g]'],
  ['http://[::1'],
  ['http://exa mple/'],
  ['http://ex%41mple/'],
  ['http://ex%00/'],
  ['http://a%2fb/'],
  ['http://münchen.de/ä?ö#ü'],
  ['http://日本語。jp/'],
  ['http://ＧＯ.com/'],
  ['http://faß.de/'],
  ['http://xn--mnchen-3ya.de'],
  ['http://☃.net/'],
  ['http://a.b-c_d/'],
  ['http://h/%7Ea/%zz/a b/"<>`{}|'],
  ['http://h/?a b"<>\'`{}|^'],
  ['http://h/#a b"<>\'`{}|^'],
  ["x://h/?a'b"],
  ['http://h/a/%2e%2E/b/%2e/c'],
  ['http://h/a/..%2f'],
  [' \t http://h/\na\r b \u0000'],
  ['http://h/a\\b\\..\\c'],
  ['http://h//a//..//'],
  ['http://h/\ud800x'],
  ['ftp://h:21/x;type=a'],
  ['ws://h:80'],
  ['wss://h:443/'],
  ['noscheme'],
  ['1http://x'],
  ['http://h?x'],
  ['http://h#x'],
  ['web+x:/..//p'],
  ['x:/.//p'],
  ['http://user:pass@/x'],
  ['http://h:80a'],
  ['x://h:99999'],
  ['x://é/'],
  ['x://a b'],
  ['http://./'],
  ['http://../'],
];

test(`the URL parser agrees with Node's on ${TABLE.length} tricky cases`, () => {
  const guest = guestParse(TABLE);
  for (const [index, row] of TABLE.entries()) {
    expect({ row, url: guest[index] }).toEqual({ row, url: nodeParse(row) });
  }
});

test('a label that is a prefix with nothing behind it, or with ASCII, is no host', () => {
  // By the standard (UTS #46); Node 20 takes the second, Node 24 and 26 the first.
  expect(guestParse([['http://xn--/'], ['http://xn--a-/']])).toEqual(['invalid', 'invalid']);
});

test.each([
  ['punycode of a control, of a capital, of nothing', ['xn--a', 'xn--u-ccb', 'xn--ls8h=']],
  [
    'punycode that is not the shortest, or not of what IDNA would make of it',
    ['xn--mnchen-3ya.xn--mnchen-3y', 'xn--strae-oqa1', 'xn--ﬁ'],
  ],
  ['letters from left to right in a label that begins the other way', ['אa', 'باz', 'xn--a-1hc', 'ok.אa']],
  ['joiners that join nothing', ['\u200d', 'a\u200db', 'ب\u200c', 'xn--1ug']],
  [
    'controls, blanks, directions, what is no character',
    [
      'a\u0085',
      'a\u200eb',
      'a\u2028b',
      'a\u2066b',
      'a\ufffdb',
      'a\uffffb',
      'a\u{2fffe}b',
      'a\ue000b',
      'a\ud800b',
      '\u0378',
    ],
  ],
  ['a mark at the beginning', ['\u0301a', 'b.\u0301a']],
])('no host has %s', (_, hosts) => {
  const cases = hosts.map((host): Case => [`http://${host}/`]);
  expect(guestParse(cases)).toEqual(cases.map(() => 'invalid'));
  expect(cases.map(nodeParse)).toEqual(cases.map(() => 'invalid'));
});

/** Which marks join, and how the directions of all characters mix: what the kernel has no tables for. */
function needsTables(labels: readonly string[]): boolean {
  const all = labels.join('.');
  if (/(?!\u094d)\p{M}(?:\xad|\u200b|\ufe0f)*[\u200c\u200d]/u.test(all)) return true;
  const isLate = labels.some((text) => /^[^\u05d0-\u062a]+[\u05d0-\u062a]/.test(text));
  return /[\u05d0-\u062a]/.test(all) && (isLate || /[-😀]|\u200c|\u200d/u.test(all));
}

test('international hosts of letters, marks, joiners and what no host has are what Node makes of them, in punycode, too', () => {
  const character = fc.constantFrom(
    ...'abzéßςΣЖ漢かक\u05d0\u05d1\u0628\u062a\u0629',
    ...['क', 'क\u094d', 'ﬁ', 'Ａ', 'Ǆ', 'e\u0301', '\u0301', '\u05b0', '\u200d', '\u200c'],
    ...['\xad', '\ufe0f', '\u200b', '\x85', '\u200f', '\u2029', '\ufdd0', '\u{1ffff}', '😀', '-'],
  );
  const label = fc.array(character, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  const domain = fc.array(fc.tuple(label, fc.boolean()), { minLength: 1, maxLength: 3 });
  const cases = fc
    .sample(domain, { numRuns: 4000, seed: 11 })
    .filter((labels) => !needsTables(labels.map(([text]) => text)))
    .map((labels) =>
      labels.map(([text, isEncoded]) =>
        isEncoded && /[^\0-\x7f]/.test(text) ? `xn--${punycode(text).toLowerCase()}` : text,
      ),
    )
    .map((labels): Case => [`http://${labels.join('.')}/`]);
  const guest = guestParse(cases);
  const wrong = cases
    .map((row, index) => ({ row, guest: guest[index], node: nodeParse(row) }))
    .filter((result) => JSON.stringify(result.guest) !== JSON.stringify(result.node));
  expect(guest.filter((url) => url !== 'invalid').length).toBeGreaterThan(300);
  expect(wrong).toEqual([]);
});

/**
 * A change of the standard in 2025, which Node has from 24 on: the last blank of an opaque path is escaped.
 * The kernel reads URLs as Node 20 does.
 */
const escapesLastBlank = new URL('x:a ?').pathname === 'a%20';

test('the URL parser agrees with Node on random texts', () => {
  const piece = fc.constantFrom(
    'http:',
    'https:',
    'file:',
    'x:',
    '/',
    '//',
    '\\',
    '?',
    '#',
    '@',
    ':',
    '.',
    '..',
    '%2e',
    '%',
    'a',
    'B',
    '80',
    '8080',
    '[',
    ']',
    '::1',
    ' ',
    '\t',
    'é',
    'C:',
    'C|',
    'localhost',
    'example.com',
    '0x10',
    '1',
    '"',
    "'",
    '<',
    '{',
    '|',
    '&',
    '=',
    '~',
    '😀',
  );
  const text = fc.array(piece, { maxLength: 9 }).map((parts) => parts.join(''));
  const bases = [undefined, 'http://b.c/d/e?f#g', 'file:///C:/d/e', 'x:opaque', 'x://h/p/q'];
  const cases = fc
    .sample(fc.tuple(text, fc.constantFrom(...bases)), { numRuns: 3000, seed: 7 })
    .map(([url, base]): Case => (base === undefined ? [url] : [url, base]))
    // Node 20 lets an opaque base be extended by a path when a fragment follows; the standard does not.
    .filter(([url, base]) => base !== 'x:opaque' || /^\s*(?:#|[a-zA-Z][a-zA-Z0-9.]*:)/.test(url))
    .filter(([url]) => !escapesLastBlank || !/\s[?#]/.test(url));
  const guest = guestParse(cases);
  const wrong = cases
    .map((row, index) => ({ row, guest: guest[index], node: nodeParse(row) }))
    .filter((result) => JSON.stringify(result.guest) !== JSON.stringify(result.node));
  expect(wrong).toEqual([]);
});

test('assigning to parts of a URL does what Node does', () => {
  const urls = ['http://u:p@h:8080/p/q?s#f', 'https://h/', 'file:///a/b', 'x:opaque', 'x://h/p'];
  const values = [
    '',
    'a',
    'https',
    'file',
    'x',
    'h2:99',
    'h3',
    '80',
    '99999',
    '1x',
    '/n/../m',
    '?a b',
    '#c d',
    'é',
    'a?b#c',
    '@',
    '[::1]:7',
    ':5',
  ];
  const parts = [
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'hash',
  ] as const;
  const guest = evaluate<string[]>(
    `(() => { const out = []; for (const u of ${JSON.stringify(urls)}) for (const p of ${JSON.stringify(parts)}) for (const v of ${JSON.stringify(values)}) {
      const url = new URL(u); url[p] = v; out.push([u, p, v, url.href].join(' ')) } return out })()`,
  );
  const node: string[] = [];
  for (const url of urls)
    for (const part of parts)
      for (const value of values) {
        const parsed = new URL(url);
        parsed[part] = value;
        node.push([url, part, value, parsed.href].join(' '));
      }
  // Node 20 takes a port that begins with no digit for an empty one; the standard leaves the port alone.
  const differs = (part: string, value: string): boolean =>
    (part === 'port' && !/^(?:$|[0-9])/.test(value)) || (part === 'host' && value === ':5');
  const comparable = (line: string): boolean => {
    const [, part = '', value = ''] = line.split(' ');
    return !differs(part, value);
  };
  expect(guest.filter(comparable)).toEqual(node.filter(comparable));
});

test('search parameters are read, changed and written as in Node, and keep their URL up to date', () => {
  const script = (): unknown => {
    const params = new URLSearchParams('?a=1&b=2&a=3&c=%F0%9F%98%80+x&=&d');
    params.append('e', 'ä &=+%');
    params.set('a', '9');
    params.delete('b');
    params.sort();
    const url = new URL('http://h/?x=1#f');
    url.searchParams.append('y', 'z z');
    const href = url.href;
    url.search = '?q=1';
    const got = url.searchParams.get('q');
    url.searchParams.delete('q');
    return [
      params.toString(),
      [...params],
      params.size,
      params.has('a', '9'),
      params.getAll('a'),
      href,
      got,
      url.href,
      new URLSearchParams({ k: 'v', 'k 2': 'ü' }).toString(),
      new URLSearchParams([['m', 'n']]).toString(),
      JSON.stringify(url),
      String(new URLSearchParams('a=%zz&b=%ff')),
      URL.canParse('x'),
      URL.canParse('y', 'http://h'),
    ];
  };
  expect(evaluate(`(${script.toString()})()`)).toEqual(JSON.parse(JSON.stringify(script())));
});

/** What is done with the URL of a request, in the guest and in Node; with the text alone and as an object. */
const uses = (text: string): unknown => {
  const parts = (url: URL): string[] => [url.href, url.origin, url.host, url.pathname, url.search, url.hash];
  const changed = new URL(text);
  const before = changed.pathname;
  changed.pathname += '/more';
  changed.searchParams.append('n', '1');
  const other = new URL(text);
  other.hostname = 'elsewhere.test';
  return [
    text,
    parts(new URL(text)),
    before,
    parts(changed),
    parts(new URL('../beside?b', text)),
    parts(new URL('?c', text)),
    parts(other),
    parts(new URL(text)),
  ];
};

const DOTS = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
const REQUEST_GUEST = `const uses = ${uses.toString()};
  export default { fetch(request) { return Response.json(uses(request.url)); } }`;

test('the URL of a request is the one that Node makes of its host and target, whatever is then done with it', () => {
  const guest = new Guest(REQUEST_GUEST).start();
  const piece = fc.constantFrom(
    '/',
    '//',
    'a',
    '.',
    '..',
    '%2e',
    '%2E%2e',
    '%41',
    '%',
    '?',
    'q=1',
    '&',
    ';',
    '~',
    '"',
    'ä',
  );
  const host = fc.constantFrom('bank.test', 'bank.test:8080', '127.0.0.1:8080', 'bank.test:80', '[::1]:8080');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), host, (pieces, name) => {
      const target = `/${pieces.join('')}`;
      // Node 20 and 22 leave dots at the end of //.a/. where they are; the standard and Node 24 do not.
      fc.pre(!DOTS.test(new URL(`http://${name}${target}`).pathname));
      const made = JSON.parse(guest.fetch(target, { headers: { host: name } }).text);
      expect(made).toEqual(uses(new URL(`http://${name}${target}`).href));
    }),
    { numRuns: 300 },
  );
});
