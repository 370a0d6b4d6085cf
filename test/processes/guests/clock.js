/** Tells its time. */
export default {
  fetch: () => Response.json({ dateMs: Date.now(), sinceStartMs: performance.now() }),
};
