/**
 * A ticker: a program that acts by itself. Its timers live in the machine's memory like everything else, so
 * they do not die with the process that was to wake them: after a kill the next tick comes when it was due,
 * numbers have no gap, and the guest's clock has neither jumped nor stood still.
 */
const TICK_MS = 1000;
const KEPT = 20;

let ticks = 0;
const lately = [];
const reminders = new Map();
let lastReminder = 0;

setInterval(() => {
  ticks += 1;
  const tick = { tick: ticks, at: new Date().toISOString() };
  lately.push(tick);
  if (lately.length > KEPT) lately.shift();
  console.log(`tick ${tick.tick} at ${tick.at}`);
}, TICK_MS);

/** A one-shot timer per reminder; DELETE takes it back while it waits. */
function remind(afterMs, text) {
  lastReminder += 1;
  const id = lastReminder;
  const timer = setTimeout(() => {
    reminders.delete(id);
    console.log(`reminder ${id}: ${text}`);
  }, afterMs);
  reminders.set(id, { id, text, dueAt: Date.now() + afterMs, timer });
  return Response.json({ id, afterMs, text }, { status: 201 });
}

function forget(id) {
  const reminder = reminders.get(id);
  if (reminder === undefined) return Response.json({ error: `no reminder ${id} waits` }, { status: 404 });
  clearTimeout(reminder.timer);
  reminders.delete(id);
  return Response.json({ forgotten: id });
}

function show() {
  const waiting = [...reminders.values()].map(({ id, text, dueAt }) => ({
    id,
    text,
    inMs: dueAt - Date.now(),
  }));
  return Response.json({ ticks, lately, waiting });
}

export default {
  fetch(request) {
    const url = new URL(request.url);
    const { method } = request;
    if (url.pathname === '/' && method === 'GET') return show();
    if (url.pathname === '/reminders' && method === 'POST') {
      const afterMs = Number(url.searchParams.get('ms') ?? 5000);
      if (!(afterMs >= 0 && afterMs <= 86_400_000)) {
        return Response.json({ error: 'ms must be 0 to 86400000' }, { status: 400 });
      }
      return remind(afterMs, (url.searchParams.get('text') ?? 'now').slice(0, 200));
    }
    const [, id] = url.pathname.match(/^\/reminders\/(\d+)$/) ?? [];
    if (id !== undefined && method === 'DELETE') return forget(Number(id));
    return Response.json(
      { error: 'try GET /, POST /reminders?ms=5000&text=tea, DELETE /reminders/1' },
      { status: 404 },
    );
  },
};
