/**
 * A queue of jobs with leases. Who takes a job has it for a while; if he has not said by then that it is
 * done, a timer gives it to somebody else. A lease has a token, so that a worker who wakes up too late
 * cannot end what is another's by now; with it he can also ask for more time. A job that nobody has ended in
 * so many tries is set aside. Timers live with the machine: no lease is forgotten with a host, and none ends
 * early because a host's clock was ahead.
 */
const waiting = [];
const leased = new Map();
/** Jobs that were set aside, by id. */
const dead = new Map();
const TRIES = 5;
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
  if (job.tries < TRIES) waiting.unshift(job);
  else dead.set(job.id, job);
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

/** The lease of this job, if it is the one with this token. */
function leaseOf(id, token) {
  const lease = leased.get(id);
  return lease !== undefined && lease.token === token ? lease : undefined;
}

const isOver = () => problem(410, 'this lease is over; somebody else may have the job');

/** So much more, from now on. */
function extend(id, token, leaseMs) {
  const lease = leaseOf(id, token);
  if (lease === undefined) return isOver();
  clearTimeout(lease.timer);
  lease.timer = setTimeout(() => giveBack(lease.job), leaseMs);
  return Response.json({ id, until: Date.now() + leaseMs });
}

function end(id, token) {
  const lease = leaseOf(id, token);
  if (lease === undefined) return isOver();
  clearTimeout(lease.timer);
  leased.delete(id);
  done += 1;
  return new Response(null, { status: 204 });
}

/** A job that was set aside gets its tries anew. */
function revive(id) {
  const job = dead.get(id);
  if (job === undefined) return problem(404, 'no such job was set aside');
  dead.delete(id);
  job.tries = 0;
  waiting.push(job);
  return Response.json({ id });
}

const leaseMsOf = (searchParams) =>
  Math.min(Math.max(Number(searchParams.get('ms')) || 30_000, 1), 3_600_000);

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/')
      return Response.json({ waiting: waiting.length, leased: leased.size, done, dead: [...dead.values()] });
    if (request.method !== 'POST') return problem(405, 'POST only');
    if (pathname === '/jobs') return put(await request.json());
    if (pathname === '/jobs/take') return take(leaseMsOf(searchParams));
    const [, id, order] = pathname.match(/^\/jobs\/(\d+)\/(done|extend|revive)$/) ?? [];
    if (id === undefined)
      return problem(
        404,
        'try POST /jobs, /jobs/take?ms=30000, /jobs/1/done?token=…, …/extend?token=…&ms=30000',
      );
    if (order === 'revive') return revive(Number(id));
    const token = searchParams.get('token');
    return order === 'done' ? end(Number(id), token) : extend(Number(id), token, leaseMsOf(searchParams));
  },
};
