/**
 * A feed of server-sent events, written as for Workers or Deno: each reader has a stream, and what is
 * published goes to all of them. The one line for Tandem is the header `tandem-events`; elsewhere it means
 * nothing. With it the events are numbered and kept in the machine, so that a reader that lost its connection
 * with the machine's old host gets what it missed. Browsers' EventSource asks for that by itself.
 */
const KEEP_ALIVE_MS = 15_000;
const TEXT_AT_MOST = 2_000;

const encoder = new TextEncoder();
const readers = new Set();
let published = 0;

function send(text) {
  const bytes = encoder.encode(text);
  for (const reader of readers) reader.enqueue(bytes);
}

function subscribe() {
  let mine;
  const stream = new ReadableStream({
    start(controller) {
      mine = controller;
      readers.add(mine);
    },
    cancel() {
      readers.delete(mine);
    },
  });
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'tandem-events': 'feed; keep=500',
    },
  });
}

async function publish(request) {
  const text = (await request.text()).slice(0, TEXT_AT_MOST);
  if (text === '') return Response.json({ error: 'say something' }, { status: 400 });
  published += 1;
  // As JSON, so that a text of several lines is one line of the stream.
  send(`event: post\ndata: ${JSON.stringify({ number: published, at: Date.now(), text })}\n\n`);
  return Response.json({ number: published }, { status: 201 });
}

setInterval(() => send(': still here\n\n'), KEEP_ALIVE_MS);

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname !== '/feed')
      return Response.json({ error: 'try GET /feed and POST /feed' }, { status: 404 });
    return request.method === 'POST' ? publish(request) : subscribe();
  },
};
