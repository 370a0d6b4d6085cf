/** Each request takes a while: it waits for a timer between being noticed and being counted. */
const WORK_MS = 500;
let count = 0;

export default {
  async fetch(request) {
    if (request.method !== 'POST') return Response.json({ count });
    console.log('begun');
    await new Promise((resolve) => setTimeout(resolve, WORK_MS));
    count += 1;
    return Response.json({ count });
  },
};
