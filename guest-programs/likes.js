/**
 * Likes, counted right: the state is not how many likes there were but who likes.
 *
 * "Ada likes post 1" said twice is still one fact, so a client may ask again as often as it wants: the
 * request is idempotent by the meaning of its data, with no key and no cache. The answers differ from
 * `likes-naive.js` only when somebody repeats.
 */
const fansByPost = new Map();

function fansOf(post) {
  let fans = fansByPost.get(post);
  if (fans === undefined) {
    fans = new Set();
    fansByPost.set(post, fans);
  }
  return fans;
}

const problem = (status, error, headers = {}) => Response.json({ error }, { status, headers });

async function userOf(request) {
  try {
    const { user } = await request.json();
    return typeof user === 'string' && /^[\w-]{1,64}$/.test(user) ? user : undefined;
  } catch {
    return undefined;
  }
}

export default {
  async fetch(request) {
    const [, post, verb] = new URL(request.url).pathname.match(/^\/posts\/([\w-]{1,64})(?:\/(like))?$/) ?? [];
    if (post === undefined)
      return problem(404, 'try POST /posts/1/like {"user":"ada"}, and DELETE to take it back');

    if (verb === 'like') {
      const { method } = request;
      if (method !== 'POST' && method !== 'DELETE')
        return problem(405, 'POST or DELETE', { allow: 'POST, DELETE' });
      const user = await userOf(request);
      if (user === undefined) return problem(400, 'the body must say who: {"user":"ada"}');
      if (method === 'POST') fansOf(post).add(user);
      else fansOf(post).delete(user);
    }
    return Response.json({ post, likes: fansByPost.get(post)?.size ?? 0 });
  },
};
