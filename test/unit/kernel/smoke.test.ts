import { expect, test } from 'vitest';
import { run } from './harness.ts';

test('a request runs the handler and gets its response', () => {
  const guest = run(`let n=0; console.log('hi', {a:1,b:[1,2,3]}, new Map([[1,{x:2}]])); setTimeout((x)=>console.log('timer',x), 10, 'arg');
   export default { async fetch(request) { n++; console.log(request.url, request.method); return Response.json({ n, body: await request.text(), ua: request.headers.get('user-agent') }) } }`);
  expect(guest.stderr).toEqual([]);
  expect(guest.stdout).toEqual(["hi { a: 1, b: [ 1, 2, 3 ] } Map(1) { 1 => { x: 2 } }"]);
  const reply = guest.fetch('/a?b', { body: 'hällo', headers: { 'user-agent': 'x' } });
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.text)).toEqual({ n: 1, body: 'hällo', ua: 'x' });
  guest.sleep(100);
  expect(guest.stdout.slice(1)).toEqual(['http://localhost:8080/a?b POST', 'timer arg']);
});

test('a plain program ends', () => {
  const guest = run(`console.log('x'); await null; setTimeout(()=>console.log('later'), 5)`);
  expect(guest.exitCode).toBe(undefined);
  guest.sleep(10);
  expect(guest.stdout).toEqual(['x', 'later']);
  expect(guest.exitCode).toBe(0);
  const bad = run(`console.log('x');\nfunction f(){ throw new RangeError('boo') }\n f()`);
  expect(bad.stderr).toEqual([]);
});
