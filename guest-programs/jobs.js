/**
 * A queue of jobs with leases. A worker that takes a job has it for a time, under a token; it asks for more time while it works, and says with the token that
 * it is done. A worker that dies says nothing: its lease runs out, and the job is for the next one. A job that nobody finishes in so many tries is set aside as dead.
 *
 * All of that is timers, and timers live in the machine's memory: a lease that was taken before a kill runs out after it, at the time that was promised.
 */
const LEASE_MS = 30_000;
const LEASE_AT_MOST_MS = 3_600_000;
const TRIES = 3;
const PAYLOAD_CHARACTERS = 16 * 1024;
/** Finished jobs that can still be looked at, and whose worker may say so again. */
const FINISHED = 1_000;

const jobs = new Map();
/** Jobs that wait for a worker, the longest first. */
const ready = new Set();
const dead = new Set();
const finished = [];
let lastId = 0;
let done = 0;

const problem = (status, error) => Response.json({ error }, { status });
const isMs = (value) => Number.isSafeInteger(value) && value >= 1 && value <= LEASE_AT_MOST_MS;
const shown = ({ timer, token, ...job }) => job;

function enqueue({ payload, tries = TRIES }) {
  if (payload === undefined || JSON.stringify(payload).length > PAYLOAD_CHARACTERS) {
    return problem(400, `send {"payload":…} of at most ${PAYLOAD_CHARACTERS} characters`);
  }
  if (!Number.isSafeInteger(tries) || tries < 1) return problem(400, '"tries" is 1 or more');
  lastId += 1;
  const job = { id: lastId, payload, tries, tried: 0, state: 'ready' };
  jobs.set(job.id, job);
  ready.add(job);
  return Response.json(shown(job), { status: 201 });
}

function hold(job, ms) {
  clearTimeout(job.timer);
  job.endsAt = Date.now() + ms;
  job.timer = setTimeout(() => {
    console.log(`job ${job.id}: the lease of try ${job.tried} ran out, ${Date.now() - job.leasedAt} ms old`);
    putBack(job);
  }, ms);
}

function putBack(job) {
  clearTimeout(job.timer);
  job.token = undefined;
  job.endsAt = undefined;
  job.state = job.tried < job.tries ? 'ready' : 'dead';
  (job.state === 'ready' ? ready : dead).add(job);
}

function lease({ ms = LEASE_MS, worker = 'nobody' }) {
  if (!isMs(ms)) return problem(400, `"ms" is 1 to ${LEASE_AT_MOST_MS}`);
  const [job] = ready;
  if (job === undefined) return new Response(null, { status: 204 });
  ready.delete(job);
  job.state = 'leased';
  job.tried += 1;
  job.worker = String(worker).slice(0, 64);
  job.token = crypto.randomUUID();
  job.leasedAt = Date.now();
  hold(job, ms);
  return Response.json({ ...shown(job), token: job.token });
}

/** A token is one lease's: who comes with an older one has lost the job to somebody else. */
function withLease(job, { token }, go) {
  if (job.state === 'done' && job.token === token) return Response.json(shown(job));
  if (job.state !== 'leased' || job.token !== token) {
    return problem(410, `this lease is over: the job is ${job.state}`);
  }
  return go();
}

const orders = {
  extend: (job, body) =>
    withLease(job, body, () => {
      const { ms = LEASE_MS } = body;
      if (!isMs(ms)) return problem(400, `"ms" is 1 to ${LEASE_AT_MOST_MS}`);
      hold(job, ms);
      return Response.json(shown(job));
    }),
  done: (job, body) =>
    withLease(job, body, () => {
      clearTimeout(job.timer);
      job.state = 'done';
      job.endsAt = undefined;
      job.result = body.result;
      done += 1;
      finished.push(job);
      if (finished.length > FINISHED) jobs.delete(finished.shift().id);
      return Response.json(shown(job));
    }),
  failed: (job, body) =>
    withLease(job, body, () => {
      putBack(job);
      return Response.json(shown(job));
    }),
  revive: (job) => {
    if (!dead.delete(job)) return problem(409, `only dead jobs can be revived: this one is ${job.state}`);
    job.tried = 0;
    putBack(job);
    return Response.json(shown(job));
  },
};

function overview() {
  const leased = jobs.size - ready.size - dead.size - finished.length;
  return Response.json({ ready: ready.size, leased, done, dead: [...dead].map(shown) });
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const [, id, order] = pathname.match(/^\/jobs(?:\/(\d+)(?:\/(extend|done|failed|revive))?)?$/) ?? [];
    const job = jobs.get(Number(id));
    if (request.method === 'GET' && pathname === '/jobs') return overview();
    if (request.method === 'GET' && job !== undefined && order === undefined)
      return Response.json(shown(job));
    if (request.method === 'POST') {
      const body = await request.json().catch(() => ({}));
      if (pathname === '/jobs') return enqueue(body);
      if (pathname === '/lease') return lease(body);
      if (job !== undefined && order !== undefined) return orders[order](job, body);
    }
    return problem(404, 'try POST /jobs, POST /lease, POST /jobs/1/done, GET /jobs, GET /jobs/1');
  },
};
