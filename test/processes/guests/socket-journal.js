/**
 * Notes everything that a WebSocket says, answers each message with its place, and says how far it has
 * counted, unasked. Knows no message by an id: a doubled one shows.
 */
const journal = [];
const sockets = new Set();
let ticks = 0;

setInterval(() => {
  if (sockets.size === 0) return;
  ticks += 1;
  for (const socket of sockets) socket.send(`tick ${ticks}`);
}, 20);

export default {
  fetch(request) {
    if (request.headers.get('upgrade') !== 'websocket')
      return Response.json({ journal, sockets: sockets.size });
    const { 0: client, 1: socket } = new WebSocketPair();
    socket.accept();
    sockets.add(socket);
    socket.onmessage = ({ data }) => {
      const text = typeof data === 'string' ? data : `bytes ${new Uint8Array(data).join()}`;
      journal.push(text);
      socket.send(typeof data === 'string' ? `${journal.length} ${text}` : data);
    };
    socket.onclose = ({ code, reason, wasClean }) => {
      sockets.delete(socket);
      console.log(`closed ${code} ${reason} ${wasClean}`);
    };
    return new Response(null, { status: 101, webSocket: client });
  },
};
