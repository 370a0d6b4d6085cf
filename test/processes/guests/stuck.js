/** Serves, and can be sent into a native call that never asks whether anybody wants something. */
export default {
  fetch(request) {
    if (!request.url.endsWith('/stuck')) return new Response('fine');
    return new Response(String(new Uint8Array({ length: 2 ** 27 }).length));
  },
};
