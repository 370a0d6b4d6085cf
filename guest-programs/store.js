/**
 * A key-value store with conditional writes. Each write has a revision, its ETag, and a write may say what it is based on: `If-Match: "17"` (compare and
 * set), `If-None-Match: *` (only if there is nothing yet). Of two who read the same value and write, one is told 412 and reads again; without the condition one
 * of the two writes would be lost. Values may end by themselves: `?ttl=SECONDS` is a timer in the machine's memory.
 */
const VALUE_CHARACTERS = 64 * 1024;
const TTL_SECONDS = 30 * 24 * 3600;
const LISTED = 100;
const METHODS = 'GET, HEAD, PUT, DELETE';

const entries = new Map();
let revision = 0;

const problem = (status, error, headers = {}) => Response.json({ error }, { status, headers });

/** Whether a list of ETags, as `If-Match` has it, names this entry. */
function names(list, entry) {
  if (entry === undefined) return false;
  const etags = list.split(',').map((etag) => etag.trim());
  return etags.includes('*') || etags.includes(entry.etag);
}

/** What is wrong with the conditions of a write; undefined when it may go on. */
function unmet(request, entry) {
  const ifMatch = request.headers.get('if-match');
  const ifNoneMatch = request.headers.get('if-none-match');
  const now = entry === undefined ? {} : { etag: entry.etag };
  if (ifMatch !== null && !names(ifMatch, entry)) {
    const is = entry === undefined ? 'there is none' : `it is ${entry.etag}`;
    return problem(412, `If-Match: the revision is another, ${is}: read and try again`, now);
  }
  if (ifNoneMatch !== null && names(ifNoneMatch, entry)) {
    return problem(412, 'If-None-Match: there is a value already', now);
  }
  return undefined;
}

function remove(key, entry) {
  clearTimeout(entry.timer);
  entries.delete(key);
}

async function write(request, key, url) {
  const ttl = Number(url.searchParams.get('ttl') ?? 0);
  if (!(ttl >= 0 && ttl <= TTL_SECONDS)) return problem(400, `ttl is 0 to ${TTL_SECONDS} seconds`);
  const value = await request.text();
  if (value.length > VALUE_CHARACTERS) return problem(413, `a value has ${VALUE_CHARACTERS} characters`);
  // From here to the end nobody else has a turn: what is compared is what is set.
  const before = entries.get(key);
  const trouble = unmet(request, before);
  if (trouble !== undefined) return trouble;
  if (before !== undefined) remove(key, before);
  revision += 1;
  const type = request.headers.get('content-type') ?? 'text/plain;charset=UTF-8';
  const entry = { value, type, etag: `"${revision}"`, endsAt: undefined, timer: undefined };
  if (ttl > 0) {
    entry.endsAt = Date.now() + ttl * 1000;
    entry.timer = setTimeout(() => entries.delete(key), ttl * 1000);
  }
  entries.set(key, entry);
  return new Response(null, { status: before === undefined ? 201 : 204, headers: { etag: entry.etag } });
}

function read(request, entry) {
  if (entry === undefined) return problem(404, 'there is no such key');
  const headers = { etag: entry.etag, 'content-type': entry.type };
  if (names(request.headers.get('if-none-match') ?? '', entry)) {
    return new Response(null, { status: 304, headers: { etag: entry.etag } });
  }
  return new Response(entry.value, { headers });
}

function erase(request, key, entry) {
  const trouble = unmet(request, entry);
  if (trouble !== undefined) return trouble;
  if (entry === undefined) return problem(404, 'there is no such key');
  remove(key, entry);
  revision += 1;
  return new Response(null, { status: 204 });
}

/** Keys in order, a page at a time: `after` is the last key of the page before. */
function list(url) {
  const prefix = url.searchParams.get('prefix') ?? '';
  const after = url.searchParams.get('after') ?? '';
  const keys = [...entries.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, LISTED).map((key) => {
    const { etag, endsAt } = entries.get(key);
    return { key, etag, ...(endsAt === undefined ? {} : { endsInMs: endsAt - Date.now() }) };
  });
  return Response.json({ revision, keys: page, ...(keys.length > LISTED ? { after: page.at(-1).key } : {}) });
}

export default {
  fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/keys') return list(url);
    const [, key] = url.pathname.match(/^\/keys\/([\w.:/-]{1,256})$/) ?? [];
    if (key === undefined) return problem(404, 'try PUT, GET, DELETE /keys/NAME, and GET /keys?prefix=NA');
    const { method } = request;
    if (method === 'PUT') return write(request, key, url);
    if (method === 'GET' || method === 'HEAD') return read(request, entries.get(key));
    if (method === 'DELETE') return erase(request, key, entries.get(key));
    return problem(405, METHODS, { allow: METHODS });
  },
};
