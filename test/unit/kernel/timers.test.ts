import { expect, test } from 'vitest';
import { run } from './harness.ts';

const WAIT = 1_000_000;

test('timers fire by due time, then in the order in which they were set', () => {
  const guest = run(`
    const at = (name) => () => console.log(name);
    setTimeout(at('c'), 20); setTimeout(at('a'), 10); setTimeout(at('b'), 10); setTimeout(at('zero'), 0); setTimeout(at('minus'), -5);
    setTimeout(at('text'), '15'); setTimeout(at('nan'), NaN); setTimeout(at('wraps'), 2 ** 32 + 5); setTimeout(at('none'));`);
  guest.sleep(WAIT);
  expect(guest.stdout).toEqual(['zero', 'minus', 'nan', 'none', 'wraps', 'a', 'b', 'text', 'c']);
  expect(guest.exitCode).toBe(0);
});

test('promise jobs of one timer run before the next timer that is due', () => {
  const guest = run(`
    setTimeout(() => { console.log('one'); Promise.resolve().then(() => console.log('job')); queueMicrotask(() => console.log('micro')) }, 5);
    setTimeout(() => console.log('two'), 5);`);
  guest.sleep(5);
  expect(guest.stdout).toEqual(['one', 'job', 'micro', 'two']);
});

test('an interval repeats with its arguments until it is cleared, from within too', () => {
  const guest = run(
    `let n = 0; const id = setInterval((a, b) => { console.log(++n, a, b); if (n === 3) clearInterval(id) }, 10, 'x', 'y');`,
  );
  guest.sleep(WAIT);
  expect(guest.stdout).toEqual(['1 x y', '2 x y', '3 x y']);
  expect(guest.exitCode).toBe(0);
});

test('a cleared timer never fires; clearing nonsense does nothing', () => {
  const guest = run(`
    const id = setTimeout(() => console.log('never'), 10); clearTimeout(id); clearTimeout(id); clearTimeout(999); clearTimeout(undefined);
    clearInterval('x'); clearTimeout({}); const two = setTimeout(() => console.log('never'), 5); setTimeout(() => clearTimeout(two), 5); clearTimeout(String(two));`);
  guest.sleep(WAIT);
  expect(guest.stdout).toEqual([]);
});

test('thousands of timers in random order fire in order, and leave nothing behind', () => {
  const guest = run(`
    let last = -1, count = 0, wrong = 0, x = 1;
    for (let i = 0; i < 5000; i++) { x = (x * 48271) % 2147483647; const due = x % 1000; const id = setTimeout(() => { count++; if (due < last) wrong++; last = due }, due); if (i % 3 === 0) clearTimeout(id) }
    setTimeout(() => console.log(count, wrong), 2000);`);
  guest.sleep(WAIT);
  expect(guest.stdout).toEqual(['3333 0']);
  expect(guest.machine.nextAlarmMs).toBe(Number.POSITIVE_INFINITY);
});

test('an alarm that rings too early runs nothing', () => {
  const guest = run(`setTimeout(() => console.log('due'), 100)`);
  guest.alarm();
  expect(guest.stdout).toEqual([]);
  guest.sleep(100);
  expect(guest.stdout).toEqual(['due']);
});

test('text as a callback is refused', () => {
  const guest = run(`try { setTimeout('1') } catch (error) { console.log(error.name) }`);
  expect(guest.stdout).toEqual(['TypeError']);
});

test('a timer that throws is reported and does not stop a serving guest', () => {
  const guest = run(`export default { fetch: () => new Response('ok') };
setTimeout(() => { throw new Error('broken timer') }, 5); setTimeout(() => console.log('next'), 6);`);
  guest.sleep(10);
  expect(guest.stderr.join()).toMatch(/Uncaught Error: broken timer\n +at .*guest\.js:2:/);
  expect(guest.stdout).toEqual(['next']);
  expect(guest.fetch('/').text).toBe('ok');
});

test('AbortSignal.timeout aborts, and does not keep a plain program alive', () => {
  const guest = run(
    `const s = AbortSignal.timeout(50); s.addEventListener('abort', () => console.log(s.reason.name)); setTimeout(() => {}, 60)`,
  );
  guest.sleep(WAIT);
  expect(guest.stdout).toEqual(['TimeoutError']);
  expect(run('AbortSignal.timeout(50)').exitCode).toBe(0);
});
