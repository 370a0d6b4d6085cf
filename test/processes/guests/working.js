/** Each POST computes for some milliseconds and is counted once. */
const STEPS = 60_000;
let count = 0;

export default {
  fetch(request) {
    if (request.method !== 'POST') return Response.json({ count });
    let state = 1;
    for (let step = 0; step < STEPS; step += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    count += 1;
    return Response.json({ count, state });
  },
};
