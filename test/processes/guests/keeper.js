/**
 * Keeps what it is given: POST /mib takes memory, a number of MiB; POST / takes a note and prints it. GET /
 * tells how much there is; GET /never is never answered.
 */
const MIB = 2 ** 20;
const blocks = [];
const notes = [];

async function keep(request) {
  const body = await request.text();
  if (!request.url.endsWith('/mib')) {
    notes.push(body);
    console.log(body);
  } else {
    try {
      for (let count = Number(body); count > 0; count -= 1) blocks.push(new Uint8Array(MIB));
    } catch (error) {
      return Response.json({ mib: blocks.length, error: error.message }, { status: 507 });
    }
  }
  return Response.json({ mib: blocks.length, notes: notes.length });
}

export default {
  async fetch(request) {
    if (request.method === 'POST') return keep(request);
    if (request.url.endsWith('/never')) {
      console.log('waits for ever');
      await new Promise(() => {});
    }
    return Response.json({ mib: blocks.length, notes });
  },
};
