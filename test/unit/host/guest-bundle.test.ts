/**
 * The bundler: what it takes, what it says about what it cannot take, and that its result does
 * not depend on where the program lies.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TandemError } from '../../../src/base/errors.ts';
import { limits } from '../../../src/base/limits.ts';
import { bundleGuest, type GuestBundle } from '../../../src/host/guest/bundle.ts';
import { readGuest, writeGuest } from '../../../src/host/guest/file.ts';
import { watchGuest } from '../../../src/host/guest/watch.ts';
import { run } from '../kernel/harness.ts';

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'tandem-bundle-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

async function refusalOf(files: Readonly<Record<string, string>>, name = 'app.ts'): Promise<TandemError> {
  const error = await bundleGuest(join(folder(files), name)).catch((thrown: unknown) => thrown);
  if (!(error instanceof TandemError)) throw new Error('it was bundled');
  return error;
}

/** What the program prints, with its places led back. */
function printed(bundle: GuestBundle): readonly string[] {
  const guest = run(bundle.source);
  return [...guest.stdout, ...guest.stderr].map((line) =>
    bundle.locate(line.replaceAll('guest.js', bundle.name)),
  );
}

/** A package as npm lays it down, one in each format. */
const packages = (at: string): Record<string, string> => ({
  [`${at}node_modules/left/package.json`]: '{"name":"left","main":"index.js"}',
  [`${at}node_modules/left/index.js`]: 'exports.left = () => "left";',
  [`${at}node_modules/right/package.json`]: '{"name":"right","type":"module","exports":"./main.js"}',
  [`${at}node_modules/right/main.js`]: 'export const right = () => "right";',
});

describe('a guest program is bundled', () => {
  it('from TypeScript, packages in both formats, JSON and texts', async () => {
    const files = {
      'app.ts': `import { left } from 'left'; import { right } from 'right'; import data from './data.json';
        import page from './page.html'; import note from './note.md'; import query from './all.sql';
        import style from './a.css'; import plain from './a.txt';
        const all: readonly string[] = [left(), right(), data.name, page, note, query, style, plain];
        console.log(all.join(' '));`,
      'data.json': '{"name":"json"}',
      'page.html': '<html>',
      'note.md': '# md',
      'all.sql': 'select',
      'a.css': 'a{}',
      'a.txt': 'txt',
      ...packages(''),
    };
    const bundle = await bundleGuest(join(folder(files), 'app.ts'));
    expect(printed(bundle)).toEqual(['left right json <html> # md select a{} txt']);
  });

  it('from what packages have for browsers, another main file or files in the place of those for Node', async () => {
    const files = {
      'app.ts': "import { one } from 'one'; import { two } from 'two'; console.log(one, two);",
      'node_modules/one/package.json': '{"name":"one","main":"node.js","browser":"browser.js"}',
      'node_modules/one/node.js': "exports.one = require('fs').constants;",
      'node_modules/one/browser.js': 'exports.one = "no files";',
      'node_modules/two/package.json':
        '{"name":"two","module":"main.js","browser":{"./node.js":"./browser.js","stream":false}}',
      'node_modules/two/main.js': "import './node.js'; import 'stream'; export { two } from './node.js';",
      'node_modules/two/node.js': "export { constants as two } from 'fs';",
      'node_modules/two/browser.js': 'export const two = "no streams";',
    };
    const bundle = await bundleGuest(join(folder(files), 'app.ts'));
    expect(printed(bundle)).toEqual(['no files no streams']);
  });

  it('with resources that end with their block, and decorators', async () => {
    const text = `
      const seen = (method: () => string, context: ClassMethodDecoratorContext) =>
        function (this: unknown): string { console.log(String(context.name)); return method.call(this); };
      class Greeter { @seen hello(): string { return 'hello'; } }
      {
        using first = { [Symbol.dispose]() { console.log('first ends'); } };
        await using second = { async [Symbol.asyncDispose]() { await null; console.log('second ends'); } };
        console.log(new Greeter().hello());
      }
      console.log(String(Symbol.dispose), Symbol.asyncDispose.description);`;
    expect(printed(await bundleGuest(join(folder({ 'app.ts': text }), 'app.ts')))).toEqual([
      'hello',
      'hello',
      'second ends',
      'first ends',
      'Symbol(Symbol.dispose) Symbol.asyncDispose',
    ]);
  });

  it('with loops over what is yielded, which the engine alone cannot compile', async () => {
    const text = `
      function* sums(label) {
        let sum = 0;
        for (const [a, b = yield 'default'] of [[1]]) sum += a + b;
        if (label) for (const x of yield "a (text" + \`and ')'\`) sum += x;
        outer: for (const x of (yield 'outer').map((y) => y * 2)) {
          for (let y of [yield 'inner', 5]) {
            if (y > x) continue outer;
            if (x > 100) break outer;
            sum += x * y;
          }
        }
        let last;
        for (last of yield* inner()) ;
        return [sum, last];
      }
      function* inner() { yield 'delegated'; return [7, 8]; }
      async function* late() { for await (const x of yield 'late') yield x; }
      const run = sums(true);
      const given = [undefined, 1, [1, 2], [3, 4, 200], 1, 2, 300, 'end'];
      for (const value of given) console.log(JSON.stringify(run.next(value)));
      const running = late();
      for (const value of [0, [Promise.resolve(1), 2], 0]) console.log(JSON.stringify(await running.next(value)));
      function* nested() {
        for (const x of [...(function* () { for (const y of (yield 1) ?? [2]) yield y; })(), yield 3]) yield x;
      }
      console.log(JSON.stringify([...nested()]));
      console.log('for (const x of yield y) z', \`for (const x of yield \${given}) z\`);`;
    const bundle = await bundleGuest(join(folder({ 'app.js': text }), 'app.js'));
    const lines: string[] = [];
    const log = (...line: string[]): number => lines.push(line.join(' '));
    await new Function('console', `return (async () => {${text}})()`)({ log });
    expect(lines).toContain('{"value":"delegated","done":false}');
    expect(printed(bundle)).toEqual(lines);
  });

  it("with JSX by the automatic runtime, from the package that a pragma or the guest's tsconfig names", async () => {
    const runtime = 'export const jsx = (type, props) => type + ":" + props.children;';
    const jsx = {
      'node_modules/mine/package.json': '{"name":"mine","exports":{"./jsx-runtime":"./jsx.js"}}',
      'node_modules/mine/jsx.js': runtime,
    };
    const pragma = folder({
      'app.jsx': '/** @jsxImportSource mine */ console.log(<p>one</p>);',
      ...jsx,
    });
    const config = folder({
      'app.tsx': 'console.log(<p>two</p>);',
      'tsconfig.json': '{"compilerOptions":{"jsx":"react-jsx","jsxImportSource":"mine"}}',
      ...jsx,
    });
    const classic = folder({
      'app.jsx': 'const h = (type) => "h:" + type; console.log(<p />);',
      'tsconfig.json': '{"compilerOptions":{"jsx":"react","jsxFactory":"h"}}',
    });
    expect(printed(await bundleGuest(join(pragma, 'app.jsx')))).toEqual(['p:one']);
    expect(printed(await bundleGuest(join(config, 'app.tsx')))).toEqual(['p:two']);
    expect(printed(await bundleGuest(join(classic, 'app.jsx')))).toEqual(['h:p']);
  });

  it('to the same text wherever it lies, and wherever its packages lie', async () => {
    const app = "import { left } from 'left'; import { right } from 'right'; console.log(left(), right());";
    const near = folder({ 'app.js': app, ...packages('') });
    const far = folder({ 'deep/er/app.js': app, ...packages('') });
    const one = await bundleGuest(join(near, 'app.js'));
    const other = await bundleGuest(join(far, 'deep/er/app.js'));
    expect(other.source).toBe(one.source);
    expect(one.source).not.toContain(near);
    expect(one.source).toContain('// node_modules/right/main.js');
    expect(printed(one)).toEqual(['left right']);
  });

  it('and stacks lead to its own files and lines, also after the bundle was in a file', async () => {
    const path = folder({
      'app.ts':
        "import { fail } from './lib/fail.ts';\n\ntype Never = never;\ntry {\n  fail();\n} catch (error) {\n  console.log(error.stack);\n}",
      'lib/fail.ts': 'interface Unused {}\nexport const fail = (): void => {\n  throw new Error("no");\n};',
    });
    writeGuest(join(path, 'guest.json'), await bundleGuest(join(path, 'app.ts')));
    const [line] = printed(readGuest(join(path, 'guest.json')));
    expect(line).toMatch(/at fail \(lib\/fail\.ts:3:\d+\)/);
    expect(line).toMatch(/app\.ts:5:\d+/);
  });

  it('and of the places in one text only the first so many are led back: a guest could print millions', async () => {
    const path = folder({ 'app.js': "\n\nconsole.log('third line');" });
    const bundle = await bundleGuest(join(path, 'app.js'));
    // Behind esbuild's comment.
    const [place, original] = ['app.js:2:1', 'app.js:3:1'];
    const few = limits.consoleLinePlaces;
    expect(bundle.locate(`at ${place}\n`.repeat(few))).toBe(`at ${original}\n`.repeat(few));
    const more = `at ${original}\n`.repeat(few) + `at ${place}\n`.repeat(3);
    expect(bundle.locate(`at ${place}\n`.repeat(few + 3))).toBe(more);
  });

  it('and what only looks like a place is printed as it is', async () => {
    const bundle = await bundleGuest(join(folder({ 'app.js': "\n\nconsole.log('third line');" }), 'app.js'));
    expect(bundle.locate('    at f (app.js:2:1)')).toBe('    at f (app.js:3:1)');
    const own = ['{"file":"app.js:2"}', 'app.js:2:1 warning', 'see app.js:2', 'at app.js:2, they said'];
    expect(own.map((line) => bundle.locate(line))).toEqual(own);
  });
});

describe('a program that cannot be bundled is refused', () => {
  it('with file, line, column and the code, for each of the first errors', async () => {
    const refusal = await refusalOf({
      'app.ts': "import './b.ts';\nimport './c.ts';",
      'b.ts': 'let first;\nlet x = ;',
      'c.ts': 'let y = ;',
    });
    const places = ['b.ts:2:9: Unexpected ";"', 'c.ts:1:9: Unexpected ";"'];
    expect(places.map((place) => `${place} (and 1 more)`)).toContain(refusal.message);
    const [other] = places.filter((place) => !refusal.message.startsWith(place));
    expect(refusal.mend).toContain('2 | let x = ;\n              ^');
    expect(refusal.mend).toContain(`\n${other}\n`);
  });

  it("with the mend where it imports one of Node's modules, also deep in a package", async () => {
    const refusal = await refusalOf({
      'app.ts': "import 'right';",
      ...packages(''),
      'node_modules/right/main.js': "import 'node:fs';",
    });
    expect(refusal.message).toBe('node_modules/right/main.js:1:8: Could not resolve "node:fs"');
    expect(refusal.mend).toContain("none of Node's modules");
  });

  it('with what would help where it imports WebAssembly, a picture, or by the scheme of another runtime', async () => {
    const mends: Readonly<Record<string, string>> = {
      './a.wasm': 'no WebAssembly',
      './a.png': 'texts are imported from .txt',
      'npm:hono@4/cors': "by its name, 'hono/cors': npm install hono@4",
      'npm:@scope/zod@4.1': "by its name, '@scope/zod': npm install @scope/zod@4.1",
      'jsr:@std/path': "another runtime's",
      'cloudflare:workers': "another runtime's",
    };
    for (const [name, mend] of Object.entries(mends)) {
      const files = { 'app.ts': `import a from '${name}'; a();`, 'a.wasm': '', 'a.png': '' };
      expect((await refusalOf(files)).mend).toContain(mend);
    }
  });

  it('with the command that installs a package that is missing', async () => {
    const refusal = await refusalOf({ 'app.ts': "import { z } from '@scope/zod/mini'; z();" });
    expect(refusal.mend).toContain('npm install @scope/zod');
  });
});

/** Whatever is told, in its order. */
class Told {
  readonly #told: string[] = [];
  #wake = (): void => {};

  tell(text: string): void {
    this.#told.push(text);
    this.#wake();
  }

  async next(): Promise<string | undefined> {
    if (this.#told.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#told.shift();
  }
}

describe('a program that is watched', () => {
  /** A program of two files, as somebody in the folder above names it. */
  async function watched(): Promise<{
    readonly save: (name: string, text: string) => void;
    readonly remove: (name: string) => void;
    readonly told: Told;
  }> {
    const path = folder({
      'app.js': "import { word } from './lib/word.js'; console.log(word);",
      'lib/word.js': 'export const word = 1;',
    });
    const file = join(path, 'app.js');
    const first = await bundleGuest(file);
    const told = new Told();
    const watch = await watchGuest(file, first, {
      changed: (bundle, files) =>
        told.tell(`${printed(bundle).join()} by ${files.map((name) => relative(path, name)).join()}`),
      failed: ({ message, mend }) => told.tell(`${message.replace(`${path}/`, '')}; ${mend}`),
    });
    onTestFinished(() => watch.end());
    return {
      // As an editor does: never half a file.
      save(name, text) {
        writeFileSync(join(path, 'new'), text);
        renameSync(join(path, 'new'), join(path, name));
      },
      remove: (name) => rmSync(join(path, name)),
      told,
    };
  }

  it('is bundled anew when one of its files has changed, which is named, and told of when it cannot be', async () => {
    const { save, told } = await watched();
    save('lib/word.js', 'export const word = 2;');
    expect(await told.next()).toBe('2 by lib/word.js');
    save('lib/word.js', 'export const word = ;');
    expect(await told.next()).toMatch(/^lib\/word\.js:1:21: Unexpected ";"/);
    save('lib/word.js', 'export const word = 3;');
    expect(await told.next()).toBe('3 by lib/word.js');
    save('app.js', "import { word } from './lib/word.js'; console.log(word + 1);");
    expect(await told.next()).toBe('4 by app.js');
  });

  it('is waited for when it is gone, and read when it is back', async () => {
    const { save, remove, told } = await watched();
    remove('app.js');
    expect(await told.next()).toBe('app.js is gone; it is waited for: it is read as soon as it is back');
    save('app.js', 'console.log(7);');
    expect(await told.next()).toBe('7 by app.js');
  });
});
