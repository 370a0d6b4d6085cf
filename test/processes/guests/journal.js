/**
 * Keeps every message that it was ever given, in order. A message may take a while; a
 * large one is answered with a large reply.
 */
const messages = [];

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'GET') return Response.json(messages);
    const text = await request.text();
    const workMs = Number(searchParams.get('ms') ?? 0);
    if (workMs > 0) await new Promise((resolve) => setTimeout(resolve, workMs));
    messages.push(text);
    if (pathname === '/elsewhere') return new Response(null, { status: 303, headers: { location: '/' } });
    return new Response(`${messages.length}`.padEnd(Number(searchParams.get('pad') ?? 0), ' '), {
      status: 201,
    });
  },
};
