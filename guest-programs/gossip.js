/**
 * Notes that several programs share without a leader. Each writes for itself and tells the others what it has
 * when it meets them (anti-entropy); a vector clock on each note says which of two versions knew the other,
 * and where neither did, both stay. Tandem makes each of them hard to kill; that they agree, and when, is
 * their own affair, and goes on while one of them cannot be reached.
 */
const notes = new Map();
const peers = new Set();
let self = '';
let meetings = 0;
const EVERY_MS = 500;

/** Whether the clock `a` knows all that `b` knows. */
const covers = (a, b) => Object.entries(b).every(([who, count]) => (a[who] ?? 0) >= count);

function merge(key, versions) {
  const all = [...(notes.get(key) ?? []), ...versions];
  // Of equal clocks the first stays; what another one covers goes.
  const kept = all.filter((one, index) =>
    all.every(
      (other, place) =>
        place === index ||
        !covers(other.clock, one.clock) ||
        (covers(one.clock, other.clock) && index < place),
    ),
  );
  kept.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  notes.set(key, kept);
}

/** A new version knows all those that it replaces. */
function write(key, text) {
  const clock = {};
  for (const version of notes.get(key) ?? []) {
    for (const [who, count] of Object.entries(version.clock)) clock[who] = Math.max(clock[who] ?? 0, count);
  }
  clock[self] = (clock[self] ?? 0) + 1;
  notes.set(key, [{ text, clock }]);
}

/** Gives one peer everything and takes what it has. */
async function meet(peer) {
  try {
    const body = JSON.stringify(Object.fromEntries(notes));
    const response = await fetch(`${peer}/meet`, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(2_000),
    });
    for (const [key, versions] of Object.entries(await response.json())) merge(key, versions);
    meetings += 1;
  } catch {
    // It is away; another time.
  }
}

let next = 0;
function meetSomebody() {
  const all = [...peers];
  if (all.length > 0) void meet(all[next % all.length]);
  next += 1;
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (request.method === 'POST' && pathname === '/join') {
      const { name, others } = await request.json();
      if (self === '') setInterval(meetSomebody, EVERY_MS);
      self = name;
      for (const url of others) peers.add(url);
      return Response.json({ name, peers: [...peers] });
    }
    if (request.method === 'POST' && pathname === '/meet') {
      for (const [key, versions] of Object.entries(await request.json())) merge(key, versions);
      return Response.json(Object.fromEntries(notes));
    }
    const [, key] = pathname.match(/^\/notes\/([\w-]{1,64})$/) ?? [];
    if (key === undefined) return Response.json({ name: self, meetings, notes: Object.fromEntries(notes) });
    if (request.method === 'PUT') write(key, await request.text());
    return Response.json(notes.get(key) ?? []);
  },
};
