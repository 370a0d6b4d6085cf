/** Remembers every note that it acknowledges: POST takes one (the body), GET tells all. */
const notes = [];

export default {
  async fetch(request) {
    if (request.method !== 'POST') return Response.json(notes);
    notes.push(await request.text());
    return new Response(null, { status: 204 });
  },
};
