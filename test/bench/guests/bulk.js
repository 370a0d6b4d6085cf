/** Takes whatever is sent and tells how much it was; gives as many bytes as it is asked for. */
let given = new Uint8Array(0);

export default {
  async fetch(request) {
    const [, verb, size] = new URL(request.url).pathname.split('/');
    if (verb === 'upload') {
      const bytes = new Uint8Array(await request.arrayBuffer());
      return Response.json({ bytes: bytes.length, last: bytes[bytes.length - 1] });
    }
    if (given.length !== Number(size)) given = new Uint8Array(Number(size)).fill(0x64);
    return new Response(given);
  },
};
