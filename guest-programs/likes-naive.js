/**
 * Likes, counted the naive way: each request adds one.
 *
 * A client whose connection breaks before the answer cannot know whether its like was counted. If it asks
 * again, it may be counted twice. No machine has to fail for that, and no fault tolerance mends it: VMware FT
 * promises that the machine goes on, not that clients ask only once. `likes.js` is the same service without
 * this mistake; README.md tells of a third way.
 */
const likes = new Map();

export default {
  async fetch(request) {
    const [, post, verb] = new URL(request.url).pathname.match(/^\/posts\/([\w-]{1,64})(?:\/(like))?$/) ?? [];
    if (post === undefined)
      return Response.json({ error: 'try POST /posts/1/like {"user":"ada"}' }, { status: 404 });

    if (verb === 'like') {
      if (request.method !== 'POST')
        return Response.json({ error: 'POST only' }, { status: 405, headers: { allow: 'POST' } });
      likes.set(post, (likes.get(post) ?? 0) + 1);
    }
    return Response.json({ post, likes: likes.get(post) ?? 0 });
  },
};
