/**
 * A queue of jobs with leases. Who takes a job has it for a while; if he has not said by then that it is done, a timer gives it to somebody else. A lease has a token, so that a
 * worker who wakes up too late cannot end what is another's by now. Timers live with the machine: no lease is forgotten with a host, and none
 * ends early because a host's clock was ahead.
 */
const waiting = [];
const leased = new Map();
let lastId = 0;
let done = 0;

const problem = (status, error) => Response.json({ error }, { status });

function put(payload) {
  lastId += 1;
  const job = { id: lastId, payload, tries: 0 };
  waiting.push(job);
  return Response.json({ id: job.id }, { status: 201 });
}

function giveBack(job) {
  leased.delete(job.id);
  // First in the queue again: it has waited longest.
  waiting.unshift(job);
}

function take(leaseMs) {
  const job = waiting.shift();
  if (job === undefined) return new Response(null, { status: 204 });
  job.tries += 1;
  const token = crypto.randomUUID();
  const timer = setTimeout(() => giveBack(job), leaseMs);
  leased.set(job.id, { job, token, timer });
  return Response.json({ ...job, token, until: Date.now() + leaseMs });
}

function end(id, token) {
  const lease = leased.get(id);
  if (lease === undefined || lease.token !== token)
    return problem(410, 'this lease is over; somebody else may have the job');
  clearTimeout(lease.timer);
  leased.delete(id);
  done += 1;
  return new Response(null, { status: 204 });
}

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/') return Response.json({ waiting: waiting.length, leased: leased.size, done });
    if (request.method !== 'POST') return problem(405, 'POST only');
    if (pathname === '/jobs') return put(await request.json());
    if (pathname === '/jobs/take')
      return take(Math.min(Math.max(Number(searchParams.get('ms')) || 30_000, 1), 3_600_000));
    const [, id] = pathname.match(/^\/jobs\/(\d+)\/done$/) ?? [];
    if (id === undefined) return problem(404, 'try POST /jobs, /jobs/take?ms=30000, /jobs/1/done?token=…');
    return end(Number(id), searchParams.get('token'));
  },
};
