/**
 * A bank: accounts in a Map, nothing else. No database, no file, no word about replication: that a
 * deposit survives the death of the machine is not this program's business. Its clock and its
 * receipts are inputs from outside, so the backup is told what they were and holds the same accounts,
 * with the same receipts, bit for bit.
 */
const accounts = new Map();

/** Amounts are whole cents: a sum of floats would be wrong before any machine fails. */
const isAmount = (value) => Number.isSafeInteger(value) && value > 0;

function problem(status, error, headers = {}) {
  return Response.json({ error }, { status, headers });
}

function show(id) {
  const balance = accounts.get(id);
  if (balance === undefined) return problem(404, `no account "${id}"; the first deposit opens it`);
  return Response.json({ id, balance });
}

async function deposit(id, request) {
  let body;
  try {
    body = await request.json();
  } catch {
    return problem(400, 'the body must be JSON, for instance {"amount":10}');
  }
  const amount = body?.amount;
  if (!isAmount(amount)) return problem(400, '"amount" must be a whole number above zero');
  const balance = (accounts.get(id) ?? 0) + amount;
  if (!Number.isSafeInteger(balance)) return problem(400, 'no account holds that much');
  accounts.set(id, balance);
  return Response.json({ id, balance, at: Date.now(), receipt: crypto.randomUUID() });
}

function total() {
  let sum = 0;
  for (const balance of accounts.values()) sum += balance;
  return Response.json({ accounts: accounts.size, total: sum });
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const { method } = request;
    if (pathname === '/total') return method === 'GET' ? total() : problem(405, 'GET only', { allow: 'GET' });

    const [, id, verb] = pathname.match(/^\/accounts\/([\w-]{1,64})(?:\/(deposit))?$/) ?? [];
    if (id === undefined) {
      return problem(404, 'try GET /accounts/ada, POST /accounts/ada/deposit {"amount":10}, GET /total');
    }
    if (verb === 'deposit') {
      return method === 'POST' ? deposit(id, request) : problem(405, 'POST only', { allow: 'POST' });
    }
    return method === 'GET' ? show(id) : problem(405, 'GET only', { allow: 'GET' });
  },
};
