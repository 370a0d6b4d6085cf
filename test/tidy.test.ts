/**
 * The house rules that a machine can check: layers as src/README.md draws them, no cycles, no
 * leftovers, budgets that only shrink.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');

function filesUnder(folder: string, suffix: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith(suffix) && !path.includes('/generated/') && statSync(path).isFile());
}

const sources = filesUnder(src, '.ts');

/** Files with this ending that people read: what the tree has beside what tools have made. */
const written = (suffix: string): readonly string[] => [
  ...['src', 'test', 'guest-programs', 'proto'].flatMap((folder) => filesUnder(join(root, folder), suffix)),
  ...readdirSync(root)
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(root, name)),
];
/** The formatter's; it leaves comments alone. */
const COLUMNS = 110;
const COMMENT = /^\s*(?:\/\/|\/?\*)/;
/** What cannot be broken: a table's row, code, a word that is a link. */
const UNBROKEN = /^(?:\|| {4}|\S+$)/;
const FENCED = /^```[\s\S]*?^```/gm;

interface Line {
  readonly where: string;
  readonly line: string;
}

const linesOf = (paths: readonly string[], wanted: (line: string) => boolean): readonly Line[] =>
  paths.flatMap((path) =>
    readFileSync(path, 'utf8')
      .replace(FENCED, (code) => code.replace(/[^\n]/g, ''))
      .split('\n')
      .map((line, index) => ({ where: `${show(path)}:${index + 1}`, line }))
      .filter(({ line }) => wanted(line)),
  );

const room = (path: string): string => relative(src, path).split('/')[0] ?? '';
const show = (path: string): string => relative(root, path);

interface Import {
  readonly from: string;
  readonly target: string;
}

const IMPORT = /(?:import|export)[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)|^import '([^']+)'/gm;

const imports: readonly Import[] = sources.flatMap((from) =>
  [...readFileSync(from, 'utf8').matchAll(IMPORT)].map((match) => ({
    from,
    target: match[1] ?? match[2] ?? match[3] ?? '',
  })),
);

/** Rows `| room/ | … | what it may import |` of the table in src/README.md. */
function layers(): Map<string, { readonly rooms: readonly string[]; readonly packages: readonly string[] }> {
  const text = readFileSync(join(src, 'README.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z]+)\/` +\|[^|]*\|([^|]*)\|([^|]*)\|$/gm)];
  const names = (cell: string): string[] =>
    [...cell.matchAll(/`([^`]+)`/g)].map((match) => (match[1] ?? '').replace(/\/$/, ''));
  return new Map(
    rows.map((row) => [row[1] ?? '', { rooms: names(row[2] ?? ''), packages: names(row[3] ?? '') }]),
  );
}

/** What is tracked; of a copy that is no clone, what is there and not ignored. */
function topLevel(): readonly string[] {
  if (existsSync(join(root, '.git'))) {
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
    return [...new Set(tracked.filter((path) => path !== '').map((path) => path.split('/')[0] ?? ''))].sort();
  }
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n');
  return readdirSync(root)
    .filter((name) => !ignored.includes(name) && !name.endsWith('.tsbuildinfo'))
    .sort();
}

describe('the house', () => {
  it('every room stands in the table of src/README.md, and the table has no other', () => {
    const rooms = [...new Set(sources.map(room))].sort();
    expect([...layers().keys()].sort()).toEqual(rooms);
  });

  it('a room imports only the rooms and packages that its row allows', () => {
    const table = layers();
    const broken = imports.flatMap(({ from, target }) => {
      const row = table.get(room(from));
      if (row === undefined || target.startsWith('node:')) return [];
      if (target.startsWith('.')) {
        const other = room(resolve(dirname(from), target));
        return other === room(from) || row.rooms.includes(other) ? [] : [`${show(from)} imports ${target}`];
      }
      const name = target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/');
      return row.packages.includes(name) ? [] : [`${show(from)} imports the package ${target}`];
    });
    expect(broken).toEqual([]);
  });

  it('the kernel and the protocol know nothing of the world: no node: module is imported there', () => {
    const broken = imports.filter(
      ({ from, target }) =>
        ['kernel', 'protocol', 'replica'].includes(room(from)) && target.startsWith('node:'),
    );
    expect(broken.map(({ from, target }) => `${show(from)} imports ${target}`)).toEqual([]);
  });

  it('the protocol is synchronous: no promise, timer or clock is named there', () => {
    const forbidden =
      /\b(async|await|Promise|setTimeout|setInterval|setImmediate|Date\.now|performance|process|Math\.random)\b/;
    const broken = sources
      .filter((path) => room(path) === 'protocol')
      .filter((path) => forbidden.test(readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')));
    expect(broken.map(show)).toEqual([]);
  });

  it('a section of the kernel in which no kill falls is left on every path', () => {
    const begun = /= enter\(\);\n(.*\n)/g;
    const open = sources
      .filter((path) => room(path) === 'kernel')
      .flatMap((path) => {
        const text = readFileSync(path, 'utf8');
        const sections = [...text.matchAll(begun)];
        const left = [...text.matchAll(/\} finally \{[^}]*leave\(before\);/g)];
        const bare = sections.filter(([, next]) => next?.trim() !== 'try {').map(() => show(path));
        return sections.length > left.length ? [...bare, show(path)] : bare;
      });
    expect([...new Set(open)]).toEqual([]);
  });

  it('imports form no cycle between files', () => {
    const edges = new Map<string, string[]>();
    for (const { from, target } of imports) {
      if (target.startsWith('.'))
        edges.set(from, [...(edges.get(from) ?? []), resolve(dirname(from), target)]);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].map(show).join(' → '));
        return;
      }
      if (done.has(path)) return;
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const path of edges.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it('every source file opens with what it is for', () => {
    const silent = sources.filter(
      (path) => !/^(#!.*\n)?(\/\/\/ <reference.*\n)?\/\*\*/.test(readFileSync(path, 'utf8')),
    );
    expect(silent.map(show)).toEqual([]);
  });

  it('a comment is as narrow as the code, and so are the documents', () => {
    const programs = ['.ts', '.tsx', '.js', '.mjs'].flatMap((suffix) => written(suffix));
    const wide = [
      ...linesOf(programs, (line) => COMMENT.test(line)),
      ...linesOf(written('.md'), (line) => !UNBROKEN.test(line)),
    ].filter(({ line }) => [...line].length > COLUMNS);
    expect(wide.map(({ where }) => where)).toEqual([]);
  });

  it('files stay under 500 lines', () => {
    const long = sources.filter((path) => readFileSync(path, 'utf8').split('\n').length > 500);
    expect(long.map(show)).toEqual([]);
  });

  it('the top level has its closed list of names, of which tools need some', () => {
    const belongs = ['guest-programs', 'proto', 'README.md', 'src', 'test', 'package.json', 'tsconfig.json'];
    const tools = [
      '.ci',
      '.gitignore',
      '.npmrc',
      'CHANGELOG.md',
      'LICENSE',
      'biome.json',
      'package-lock.json',
    ];
    expect(topLevel()).toEqual([...belongs, ...tools].sort());
  });

  it('no drawer collects what has no place', () => {
    const drawers = sources.filter((path) =>
      /(^|[/-])(utils?|helpers?|common|misc|manager)([./-]|$)/i.test(show(path)),
    );
    expect(drawers.map(show)).toEqual([]);
  });

  it('nothing is left to be done, and no test is skipped without its reason', () => {
    const words = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);
    const all = [
      ...sources,
      ...filesUnder(join(root, 'test'), '.ts'),
      ...filesUnder(join(root, 'guest-programs'), '.js'),
    ];
    expect(all.filter((path) => words.test(readFileSync(path, 'utf8'))).map(show)).toEqual([]);
  });
});
