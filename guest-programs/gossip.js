/**
 * A node of a store without a leader, of the kind of Dynamo: every node takes writes, and now and then asks another one, drawn by lot, what it has that this one
 * lacks (anti-entropy). A version of a value has a dot, the node that wrote it and the number of that write, and says which dots it has seen: it supersedes those
 * and no others. Two writes that knew nothing of each other are both kept, and whoever reads them next settles it.
 *
 * The nodes are separate runs. Such algorithms spend half of their words on nodes that crash and come back with an older memory: one that counted its writes
 * anew would give two versions the same dot. A run is a process that does not crash, so none of those words are here.
 */
const EVERY_MS = 500;
const PATIENCE_MS = 2_000;
const VALUE_CHARACTERS = 4_096;

const node = crypto.randomUUID().slice(0, 8);
/** Versions by key: { value, dot: { node, number }, seen: { node: number } }. */
const keys = new Map();
const peers = new Map();
let writes = 0;
let rounds = 0;
let isAsking = false;

const problem = (status, error) => Response.json({ error }, { status });
const dotText = ({ dot }) => `${dot.node}:${dot.number}`;
const supersedes = (one, other) => (one.seen[other.dot.node] ?? 0) >= other.dot.number;

/** All that somebody knows who has read these versions. */
function contextOf(versions) {
  const seen = {};
  const note = (name, number) => {
    seen[name] = Math.max(seen[name] ?? 0, number);
  };
  for (const version of versions) {
    for (const [name, number] of Object.entries(version.seen)) note(name, number);
    note(version.dot.node, version.dot.number);
  }
  return seen;
}

/** Versions that are new here come to the others; what is superseded goes. In whatever order, and however often: the outcome is the same. */
function merge(key, versions) {
  const byDot = new Map((keys.get(key) ?? []).map((version) => [dotText(version), version]));
  for (const version of versions) byDot.set(dotText(version), version);
  const all = [...byDot.values()];
  const left = all.filter((version) => !all.some((other) => supersedes(other, version)));
  keys.set(
    key,
    left.sort((a, b) => (dotText(a) < dotText(b) ? -1 : 1)),
  );
}

function show(key) {
  const versions = keys.get(key) ?? [];
  return Response.json({ key, values: versions.map(({ value }) => value), context: contextOf(versions) });
}

async function write(request, key) {
  const { value, context } = await request.json().catch(() => ({}));
  if (value === undefined || JSON.stringify(value).length > VALUE_CHARACTERS) {
    return problem(400, 'send {"value":"tea"}, and the "context" of what it is to replace');
  }
  // Without a context: in place of what this node knows.
  const seen = context ?? contextOf(keys.get(key) ?? []);
  writes += 1;
  merge(key, [{ value, dot: { node, number: writes }, seen }]);
  return show(key);
}

/** The other side of a round: what the asker lacks, and of what this node lacks something. */
function answer({ have = {}, versions = {} }) {
  for (const [key, list] of Object.entries(versions)) merge(key, list);
  const send = {};
  for (const [key, list] of keys) {
    const missing = list.filter((version) => !(have[key] ?? []).includes(dotText(version)));
    if (missing.length > 0) send[key] = missing;
  }
  const lacks = ([key, dots]) => {
    const mine = (keys.get(key) ?? []).map(dotText);
    return dots.some((dot) => !mine.includes(dot));
  };
  const want = Object.entries(have)
    .filter(lacks)
    .map(([key]) => key);
  return Response.json({ node, send, want });
}

async function ask(peer, body) {
  const response = await fetch(`${peer}/gossip`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

async function round() {
  const all = [...peers.keys()];
  const peer = all[Math.floor(Math.random() * all.length)];
  if (peer === undefined || isAsking) return;
  isAsking = true;
  try {
    const have = Object.fromEntries([...keys].map(([key, list]) => [key, list.map(dotText)]));
    const { send, want } = await ask(peer, { have });
    for (const [key, list] of Object.entries(send)) merge(key, list);
    if (want.length > 0) {
      await ask(peer, { versions: Object.fromEntries(want.map((key) => [key, keys.get(key) ?? []])) });
    }
    peers.set(peer, 'well');
    rounds += 1;
  } catch (error) {
    // Nothing is lost: the next round says it all again.
    peers.set(peer, error.message);
  } finally {
    isAsking = false;
  }
}

setInterval(round, EVERY_MS);

async function setPeers(request) {
  const { peers: given } = await request.json().catch(() => ({}));
  if (!Array.isArray(given) || !given.every((url) => URL.canParse(url))) {
    return problem(400, 'send {"peers":["http://localhost:8082"]}');
  }
  peers.clear();
  for (const url of given) peers.set(url.replace(/\/$/, ''), 'not asked yet');
  return overview();
}

const overview = () =>
  Response.json({ node, writes, rounds, keys: keys.size, peers: Object.fromEntries(peers) });

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const [, key] = pathname.match(/^\/keys\/([\w-]{1,64})$/) ?? [];
    if (pathname === '/' && request.method === 'GET') return overview();
    if (pathname === '/peers' && request.method === 'POST') return setPeers(request);
    if (pathname === '/gossip' && request.method === 'POST') return answer(await request.json());
    if (key !== undefined && request.method === 'PUT') return write(request, key);
    if (key !== undefined && request.method === 'GET') return show(key);
    return problem(404, 'try GET /, POST /peers, GET and PUT /keys/NAME');
  },
};
