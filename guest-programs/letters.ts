/** Letters from a template: mustache, and a text import for the template itself. */
import Mustache from 'mustache';
import letter from './letter.html';

interface Customer {
  readonly name: string;
  readonly items: { readonly what: string; readonly count: number }[];
}

const customers = new Map<string, Customer>();

export default {
  async fetch(request: Request): Promise<Response> {
    const name = new URL(request.url).pathname.slice(1);
    const customer = customers.get(name) ?? { name, items: [] };
    if (request.method === 'POST') {
      const form = await request.formData();
      customer.items.push({ what: String(form.get('what')), count: Number(form.get('count') ?? 1) });
      customers.set(name, customer);
    }
    return new Response(Mustache.render(letter, customer), { headers: { 'content-type': 'text/html' } });
  },
};
