/** Sends back what a WebSocket says; `close` is a wish, and `/no` is declined. */
export default {
  async fetch(request) {
    if (new URL(request.url).pathname === '/plain') return new Response(await request.text());
    if (new URL(request.url).pathname === '/no') return new Response('no\n', { status: 403 });
    const { 0: client, 1: socket } = new WebSocketPair();
    socket.accept();
    socket.onclose = ({ code, wasClean }) => console.log(`closed ${code} ${wasClean}`);
    socket.onmessage = ({ data }) => {
      if (data === 'close') socket.close(4000, 'as you wish');
      else socket.send(data);
    };
    const headers = { 'sec-websocket-protocol': 'one', 'x-hello': request.headers.get('x-name') ?? '' };
    return new Response(null, { status: 101, webSocket: client, headers });
  },
};
