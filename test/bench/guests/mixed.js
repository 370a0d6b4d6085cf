/**
 * A small shop that does a bit of everything: orders change what it knows, pages are read, documents are sent
 * in, and now and then somebody wants a report that computes for some milliseconds.
 */
const shops = new Map();
const titles = new Map();
let documents = 0;

const PAGE_ROWS = 100;
const REPORT_STEPS = 50_000;

function shop(name) {
  let found = shops.get(name);
  if (found === undefined) {
    found = { orders: 0, items: new Map() };
    shops.set(name, found);
  }
  return found;
}

function order(name, { item, count }) {
  const { items } = shop(name);
  shop(name).orders += 1;
  items.set(item, (items.get(item) ?? 0) + count);
  return Response.json({ order: crypto.randomUUID(), at: Date.now(), inStock: items.get(item) });
}

function page(name) {
  const { orders, items } = shop(name);
  const rows = Array.from({ length: PAGE_ROWS }, (_, i) => {
    const item = `item-${i % 6}`;
    return `<tr><td>${i}</td><td>${item}</td><td>${items.get(item) ?? 0}</td></tr>`;
  });
  const html = `<!doctype html><title>${name}</title><p>${orders} orders</p><table>${rows.join('')}</table>`;
  return new Response(html, { headers: { 'content-type': 'text/html' } });
}

async function take(request) {
  const { title, lines } = await request.json();
  documents += 1;
  const worth = lines.reduce((sum, { price }) => sum + price, 0);
  titles.set(title, worth);
  return Response.json({ documents, lines: lines.length, worth });
}

function report() {
  let sum = 0;
  for (let i = 1; i <= REPORT_STEPS; i += 1) sum = (sum * 31 + (i ^ (sum >> 3))) % 1_000_003;
  return Response.json({ sum, shops: shops.size });
}

export default {
  async fetch(request) {
    const [, verb, name] = new URL(request.url).pathname.split('/');
    if (verb === 'orders') return order(name, await request.json());
    if (verb === 'page') return page(name);
    if (verb === 'documents') return take(request);
    if (verb === 'report') return report();
    return new Response('no such thing', { status: 404 });
  },
};
