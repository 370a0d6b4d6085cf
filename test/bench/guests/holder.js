/**
 * A bank that also holds as much memory as it is told to, every page of it written and no two alike,
 * as a service with a large cache does. GET /grow/N: until its blocks are N MiB together. What is
 * not asked for again does not change.
 */
const MIB = 1024 * 1024;
const PAGE = 4096;
const blocks = [];
const accounts = new Map();
const pattern = new Uint8Array(MIB);
for (let i = 0; i < MIB; i += 1) pattern[i] = 1 + (i % 251);

function grow(mib) {
  while (blocks.length < mib) {
    const block = new Uint8Array(MIB);
    block.set(pattern);
    const numbers = new Uint32Array(block.buffer);
    for (let page = 0; page < MIB / PAGE; page += 1) {
      numbers[(page * PAGE) / 4] = blocks.length * (MIB / PAGE) + page + 1;
    }
    blocks.push(block);
  }
  return Response.json({ mib: blocks.length });
}

async function deposit(id, request) {
  const { amount } = await request.json();
  const balance = (accounts.get(id) ?? 0) + amount;
  accounts.set(id, balance);
  return Response.json({ id, balance, at: Date.now(), receipt: crypto.randomUUID() });
}

export default {
  fetch(request) {
    const [, first, second, third] = new URL(request.url).pathname.split('/');
    if (first === 'grow') return grow(Number(second));
    if (third === 'deposit') return deposit(second, request);
    return Response.json({ id: second, balance: accounts.get(second) ?? 0 });
  },
};
