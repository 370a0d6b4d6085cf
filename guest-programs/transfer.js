/**
 * A bank whose customers send money to accounts at other banks. A transfer is money taken here and a call
 * to the other bank, made again until that bank has answered; the key tells it that all these calls are
 * one. There is no outbox table and no worker that looks through it after a crash: the loop below is the
 * outbox, and it survives with the machine.
 */
const accounts = new Map();
const transfers = new Map();

const isAmount = (value) => Number.isSafeInteger(value) && value > 0;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const problem = (status, error) => Response.json({ error }, { status });

/** Says again what can be said again; gives up only what the other bank has refused. */
async function carryOut(transfer) {
  for (let pauseMs = 50; ; pauseMs = Math.min(2 * pauseMs, 2_000)) {
    transfer.calls += 1;
    try {
      const response = await fetch(`${transfer.to}/deposit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `"${transfer.id}"` },
        body: JSON.stringify({ amount: transfer.amount }),
        signal: AbortSignal.timeout(10_000),
      });
      const { status } = response;
      await response.arrayBuffer();
      if (response.ok) return 'done';
      const mayChange = status >= 500 || status === 409 || status === 429;
      if (!mayChange) return `refused with status ${status}`;
    } catch (error) {
      // Whether it arrived nobody knows.
      transfer.trouble = error.message;
    }
    await sleep(pauseMs);
  }
}

async function send(id, { amount, to }) {
  const balance = accounts.get(id) ?? 0;
  if (!isAmount(amount) || typeof to !== 'string' || !URL.canParse(to)) {
    return problem(400, 'send {"amount":10,"to":"http://other.bank/accounts/bob"}');
  }
  if (balance < amount) return problem(400, `there are only ${balance} in this account`);
  const transfer = { id: crypto.randomUUID(), from: id, to, amount, state: 'open', calls: 0 };
  // Taken before the first call: money that is under way is nobody's to spend.
  accounts.set(id, balance - amount);
  transfers.set(transfer.id, transfer);
  transfer.state = await carryOut(transfer);
  if (transfer.state !== 'done') accounts.set(id, accounts.get(id) + amount);
  return Response.json(transfer, { status: transfer.state === 'done' ? 200 : 502 });
}

function deposit(id, { amount }) {
  if (!isAmount(amount)) return problem(400, '"amount" must be a whole number above zero');
  const balance = (accounts.get(id) ?? 0) + amount;
  accounts.set(id, balance);
  return Response.json({ id, balance });
}

function total() {
  const sum = (values) => [...values].reduce((all, value) => all + value, 0);
  const open = [...transfers.values()].filter(({ state }) => state === 'open').map(({ amount }) => amount);
  return Response.json({ total: sum(accounts.values()), underWay: sum(open), transfers: transfers.size });
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/total') return total();
    const [, id, verb] = pathname.match(/^\/accounts\/([\w-]{1,64})(?:\/(deposit|transfer))?$/) ?? [];
    if (id === undefined) return problem(404, 'try /accounts/ada, …/deposit, …/transfer, /total');
    if (verb === undefined) return Response.json({ id, balance: accounts.get(id) ?? 0 });
    if (request.method !== 'POST') return problem(405, 'POST only');
    const body = await request.json().catch(() => ({}));
    return verb === 'deposit' ? deposit(id, body) : send(id, body);
  },
};
