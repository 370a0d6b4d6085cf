/**
 * Questions about figures in a language of their own, on JSONata: post figures, then ask with an expression.
 */
import jsonata from 'jsonata';

const figures: unknown[] = [];

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === 'POST') {
      figures.push(await request.json());
      return Response.json({ figures: figures.length }, { status: 201 });
    }
    const question = new URL(request.url).searchParams.get('q') ?? '$count(figures)';
    try {
      return Response.json({ answer: (await jsonata(question).evaluate({ figures })) ?? null });
    } catch (error) {
      return Response.json({ error: (error as Error).message }, { status: 422 });
    }
  },
};
