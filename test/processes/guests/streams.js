/** Streams in both directions: events for ever, a large download, an upload that comes back or is counted. */
let events = 0;

const eventStream = (from) =>
  new ReadableStream({
    start(controller) {
      let next = from;
      this.timer = setInterval(() => {
        next += 1;
        events = Math.max(events, next);
        controller.enqueue(new TextEncoder().encode(`id: ${next}\ndata: event ${next}\n\n`));
      }, 20);
    },
    cancel() {
      clearInterval(this.timer);
      console.log('a reader has gone');
    },
  });

const download = (chunks) => {
  let made = 0;
  return new ReadableStream({
    pull(controller) {
      if (made === chunks) controller.close();
      else controller.enqueue(new Uint8Array(64 * 1024).fill(made));
      made += 1;
    },
  });
};

export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/events') {
      const from = Number(request.headers.get('last-event-id') ?? 0);
      return new Response(eventStream(from), { headers: { 'content-type': 'text/event-stream' } });
    }
    if (url.pathname === '/download') return new Response(download(Number(url.searchParams.get('chunks'))));
    if (url.pathname === '/echo') return new Response(request.body);
    if (url.pathname === '/count') {
      let bytes = 0;
      for await (const chunk of request.body) bytes += chunk.byteLength;
      return Response.json({ bytes });
    }
    return Response.json({ events });
  },
};
