/**
 * A key-value store with conditional writes. Each value has a version, shown as its ETag; who writes says
 * which version he has read (`If-Match`), or that there must be none yet (`If-None-Match: *`), and is told
 * 412 when somebody else was quicker. That makes locks, counters and elections out of a Map, for a version
 * that was promised to one client is never given out again, not by the next machine either. A value may end
 * by itself (`?ttl=SECONDS`), by a timer.
 */
const values = new Map();
let lastVersion = 0;
const TTL_AT_MOST = 30 * 24 * 3600;
const LISTED = 100;

const etagOf = ({ version }) => `"${version}"`;
const problem = (status, error) => Response.json({ error }, { status });

/** Undefined when the condition holds. */
function unmet(request, found) {
  const match = request.headers.get('if-match');
  const none = request.headers.get('if-none-match');
  if (match !== null && (found === undefined || (match !== '*' && match !== etagOf(found)))) {
    return problem(412, found === undefined ? 'there is no such value' : `the version is ${etagOf(found)}`);
  }
  if (none !== null && found !== undefined && (none === '*' || none === etagOf(found))) {
    return problem(412, `there is version ${etagOf(found)}`);
  }
  return undefined;
}

function remove(key) {
  clearTimeout(values.get(key)?.timer);
  return values.delete(key);
}

async function write(key, request, ttl) {
  if (!(ttl >= 0 && ttl <= TTL_AT_MOST)) return problem(400, `ttl is 0 to ${TTL_AT_MOST} seconds`);
  const type = request.headers.get('content-type') ?? 'application/octet-stream';
  const body = await request.arrayBuffer();
  // Only now: while the body came in, somebody else may have written.
  const found = values.get(key);
  const refusal = unmet(request, found);
  if (refusal !== undefined) return refusal;
  lastVersion += 1;
  const value = { version: lastVersion, type, body, endsAt: undefined, timer: undefined };
  remove(key);
  if (ttl > 0) {
    value.endsAt = Date.now() + ttl * 1000;
    value.timer = setTimeout(() => values.delete(key), ttl * 1000);
  }
  values.set(key, value);
  return new Response(null, { status: found === undefined ? 201 : 204, headers: { etag: etagOf(value) } });
}

function read(request, found) {
  const headers = { etag: etagOf(found), 'content-type': found.type };
  if (request.headers.get('if-none-match') === etagOf(found))
    return new Response(null, { status: 304, headers });
  return new Response(request.method === 'HEAD' ? null : found.body, { headers });
}

/** Keys in order, a page at a time: `after` is the last key of the page before. */
function list(searchParams) {
  const prefix = searchParams.get('prefix') ?? '';
  const after = searchParams.get('after') ?? '';
  const keys = [...values.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  return Response.json({ keys: keys.slice(0, LISTED), more: keys.length > LISTED, version: lastVersion });
}

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/') return list(searchParams);
    const key = pathname.slice(1);
    if (request.method === 'PUT') return write(key, request, Number(searchParams.get('ttl') ?? 0));
    const found = values.get(key);
    if (request.method === 'DELETE') {
      const refusal = unmet(request, found);
      if (refusal === undefined) remove(key);
      return refusal ?? new Response(null, { status: 204 });
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return problem(405, 'GET, PUT or DELETE');
    return found === undefined ? problem(404, `there is no value "${key}"`) : read(request, found);
  },
};
