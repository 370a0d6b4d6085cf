/**
 * A key-value store with conditional writes. Each value has a version, shown as its ETag; who writes says which version he has read (`If-Match`), or that there must be none
 * yet (`If-None-Match: *`), and is told 412 when somebody else was quicker. That makes locks, counters and elections out of a Map, for a
 * version that was promised to one client is never given out again, not by the next machine either.
 */
const values = new Map();
let lastVersion = 0;

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

async function write(key, request) {
  const type = request.headers.get('content-type') ?? 'application/octet-stream';
  const body = await request.arrayBuffer();
  // Only now: while the body came in, somebody else may have written.
  const found = values.get(key);
  const refusal = unmet(request, found);
  if (refusal !== undefined) return refusal;
  lastVersion += 1;
  const value = { version: lastVersion, type, body };
  values.set(key, value);
  return new Response(null, { status: found === undefined ? 201 : 204, headers: { etag: etagOf(value) } });
}

function read(request, found) {
  const headers = { etag: etagOf(found), 'content-type': found.type };
  if (request.headers.get('if-none-match') === etagOf(found))
    return new Response(null, { status: 304, headers });
  return new Response(request.method === 'HEAD' ? null : found.body, { headers });
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/') {
      const keys = [...values.keys()].sort();
      return Response.json({ keys, version: lastVersion });
    }
    const key = pathname.slice(1);
    if (request.method === 'PUT') return write(key, request);
    const found = values.get(key);
    if (request.method === 'DELETE') {
      const refusal = unmet(request, found);
      if (refusal === undefined) values.delete(key);
      return refusal ?? new Response(null, { status: 204 });
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return problem(405, 'GET, PUT or DELETE');
    return found === undefined ? problem(404, `there is no value "${key}"`) : read(request, found);
  },
};
