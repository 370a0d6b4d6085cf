import { test } from 'vitest';
import { run } from './harness.ts';
test('x', () => {
  const source = `let n = 0; const results=[]; const gate = new Promise((resolve) => setTimeout(resolve, 50));
export default { fetch(request) {
  if (request.method === 'GET') { for (const [i,p] of results.entries()) { let s='pending'; p.then(()=>s='ok',e=>s='rej '+e).then(()=>{ if(s!=='ok') console.log(i,s)}); setTimeout(()=>{ if(s==='pending') console.log(i,s)},0) }; return new Response('' + n) }
  const mine = n++; const r=(async () => { await gate; if (mine === 0) while (true); return new Response('ok') })(); results.push(r); return r } }`;
  const guest = run(source);
  const ids = Array.from({ length: 3000 }, (_u, i) => guest.request('/', { body: 'x' }));
  guest.nowMs = guest.machine.nextAlarmMs;
  guest.killAtPoll = 17; guest.alarm(); guest.killAtPoll = Infinity;
  console.log('open before recover', guest.machine.openRequests, ids.filter((id) => !guest.reply(id)).join(' '), guest.polls, guest.stderr);
  guest.recover();
  console.log('open', guest.machine.openRequests, ids.filter((id) => !guest.reply(id)), ids.filter((id) => guest.reply(id)?.status===503), guest.stderr);
  guest.recover();
  console.log('open', guest.machine.openRequests);
  guest.fetch('/'); guest.sleep(1);
  console.log(guest.stdout);
});
