import { expect, test } from 'vitest';
import { PROGRAM } from '../../../src/kernel/abi.ts';
import { run } from './harness.ts';

test('a plain program ends with code 0 when nothing is pending', () => {
  const guest = run(`await null; console.log('done')`);
  expect([guest.stdout, guest.exitCode, guest.machine.ended, guest.machine.program]).toEqual([
    ['done'],
    0,
    true,
    PROGRAM.plain,
  ]);
});

test('an error while loading is told with file and line, and ends the program with code 1', () => {
  const guest = run(`function f() {\n  throw new RangeError('boo')\n}\nf(); export default { fetch() {} }`);
  expect(guest.stderr).toEqual([
    'Uncaught RangeError: boo\n    at f (guest.js:2:23)\n    at <anonymous> (guest.js:4:2)',
  ]);
  expect(guest.exitCode).toBe(1);
});

test('a syntax error is told with file, line and column', () => {
  const guest = run(`let a = 1;\nlet = ;`);
  expect(guest.stderr.join()).toMatch(/Uncaught SyntaxError: .*\n +at guest\.js:2:/);
  expect(guest.exitCode).toBe(1);
});

test('a rejected top-level await, an unhandled rejection and a throwing timer each end a plain program with code 1', () => {
  for (const source of [
    `await Promise.reject(new Error('bad'))`,
    `Promise.reject(new Error('bad')); setTimeout(() => {}, 10)`,
    `setTimeout(() => { throw new Error('bad') }, 1); setTimeout(() => console.log('not reached'), 2)`,
    `queueMicrotask(() => { throw new Error('bad') }); setTimeout(() => {}, 10)`,
    `reportError(new Error('bad')); setTimeout(() => {}, 10)`,
  ]) {
    const guest = run(source);
    guest.sleep(100);
    expect({ source, code: guest.exitCode }).toEqual({ source, code: 1 });
    expect(guest.stderr.join()).toMatch(/Uncaught .*Error: bad\n +at .*guest\.js:1:/);
    expect(guest.stdout).toEqual([]);
  }
});

test('a top-level await that nothing can settle ends with a warning and code 13', () => {
  const guest = run('await new Promise(() => {})');
  expect(guest.exitCode).toBe(13);
  expect(guest.stderr.join()).toContain('top-level await never settled');
  const later = run(`await new Promise((resolve) => setTimeout(resolve, 10)); console.log('woke')`);
  expect(later.exitCode).toBe(undefined);
  later.sleep(10);
  expect([later.stdout, later.exitCode]).toEqual([['woke'], 0]);
});

test('a rejection that finds its handler within the turn is no error; one that finds it later was reported', () => {
  const guest = run(`const p = Promise.reject(1); await null; p.catch(() => console.log('caught'))`);
  expect([guest.stdout, guest.exitCode]).toEqual([['caught'], 0]);
});

test('a default export without fetch is a plain program with a hint; with fetch it serves, awaits before that or not', () => {
  const plain = run('export default 5');
  expect([plain.exitCode, plain.stderr.join()]).toEqual([
    0,
    expect.stringContaining('export default { fetch'),
  ]);
  expect(run('export default function fetch() {}').exitCode).toBe(0);
  const serving = run(
    `await null; class App { fetch() { return new Response(this.name) } name = 'app' }; export default new App()`,
  );
  expect(serving.machine.program).toBe(PROGRAM.serving);
  expect(serving.exitCode).toBe(undefined);
  expect(serving.fetch('/').text).toBe('app');
});

test('a program for requests in the form of another runtime, which none would reach, is told so', () => {
  const programs = [
    `addEventListener('fetch', (event) => event.respondWith(new Response('hi')))`,
    `export const fetch = () => new Response('hi')`,
  ];
  for (const program of programs) {
    const { exitCode, stderr } = run(program);
    expect([exitCode, stderr]).toEqual([0, [expect.stringContaining('export default { fetch')]]);
  }
  expect(run(`addEventListener('error', () => {}); export const a = 1`).stderr).toEqual([]);
});

test('a getter that throws where fetch should be is an error of loading', () => {
  const guest = run(`export default { get fetch() { throw new Error('hidden') } }`);
  expect([guest.exitCode, guest.stderr.join()]).toEqual([1, expect.stringContaining('hidden')]);
});

test('a serving guest outlives every uncaught error, and each is told once', () => {
  const guest = run(`export default { async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/reject') Promise.reject(new Error('lost'));
    if (pathname === '/throw') throw new TypeError('thrown');
    if (pathname === '/nothing') return;
    if (pathname === '/error') return Response.error();
    if (pathname === '/flood') for (let i = 0; i < 1000; i++) Promise.reject(i);
    if (pathname === '/hostile') throw { get message() { throw 1 }, get stack() { throw 2 }, toString() { throw 3 }, [Symbol.toPrimitive]() { throw 4 } };
    if (pathname === '/proxy') throw new Proxy({}, { getPrototypeOf() { throw 1 }, ownKeys() { throw 2 }, get() { throw 3 }, getOwnPropertyDescriptor() { throw 4 } });
    return new Response('ok') } }`);
  expect(guest.fetch('/reject').text).toBe('ok');
  expect(guest.stderr.splice(0)).toEqual([
    expect.stringMatching(/^Uncaught \(in promise\) Error: lost\n +at .*guest\.js:3/),
  ]);
  expect(guest.fetch('/throw')).toMatchObject({ status: 500, text: 'Internal Server Error\n' });
  expect(guest.stderr.splice(0)).toEqual([
    expect.stringMatching(/^Uncaught TypeError: thrown\n +at .*guest\.js:4/),
  ]);
  expect(guest.fetch('/nothing').status).toBe(500);
  expect(guest.stderr.splice(0).join()).toContain('must return a Response');
  expect(guest.fetch('/error').status).toBe(500);
  guest.stderr.length = 0;
  expect(guest.fetch('/flood').text).toBe('ok');
  expect(guest.stderr.splice(0)).toHaveLength(51);
  expect(guest.fetch('/hostile').status).toBe(500);
  expect(guest.fetch('/proxy').status).toBe(500);
  expect(guest.stderr).toHaveLength(2);
  expect(guest.fetch('/').text).toBe('ok');
});
