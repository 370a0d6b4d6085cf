/** Discounts by rules that can be changed while the shop is open, on json-rules-engine. */
import { Engine, type RuleProperties } from 'json-rules-engine';

const rules: RuleProperties[] = [
  {
    name: 'large order',
    conditions: { all: [{ fact: 'total', operator: 'greaterThanInclusive', value: 100 }] },
    event: { type: 'discount', params: { percent: 10 } },
  },
  {
    name: 'first order',
    conditions: { any: [{ fact: 'orders', operator: 'equal', value: 0 }] },
    event: { type: 'discount', params: { percent: 5 } },
  },
];
const orders = new Map<string, number>();

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method === 'GET') return Response.json({ rules: rules.map(({ name }) => name) });
    if (pathname === '/rules') {
      rules.push((await request.json()) as RuleProperties);
      return Response.json({ rules: rules.length }, { status: 201 });
    }
    const { customer, total } = (await request.json()) as { customer: string; total: number };
    const engine = new Engine(rules);
    const { events } = await engine.run({ total, orders: orders.get(customer) ?? 0 });
    orders.set(customer, (orders.get(customer) ?? 0) + 1);
    const percent = events.reduce((sum, { params }) => sum + Number(params?.percent ?? 0), 0);
    return Response.json({ total: (total * (100 - percent)) / 100, percent });
  },
};
