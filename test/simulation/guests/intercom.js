/**
 * Who is in hears what everybody says, in one order: written as if connections never broke. Nothing is kept
 * for those who come back, and no message is known again by an id; so it is right only as long as each socket
 * opens once and each message arrives once.
 */
const people = new Set();
let spoken = 0;

const textOf = (data) => (typeof data === 'string' ? data : new TextDecoder().decode(data));

function speak(data) {
  spoken += 1;
  const text = JSON.stringify({ ...JSON.parse(textOf(data)), number: spoken });
  for (const socket of people) socket.send(typeof data === 'string' ? text : new TextEncoder().encode(text));
}

function join() {
  const { 0: client, 1: socket } = new WebSocketPair();
  socket.accept();
  people.add(socket);
  socket.addEventListener('close', () => people.delete(socket));
  socket.addEventListener('message', ({ data }) => speak(data));
  socket.send(JSON.stringify({ number: spoken, welcome: true }));
  return new Response(null, { status: 101, webSocket: client });
}

export default {
  fetch: (request) => (request.headers.get('upgrade') === 'websocket' ? join() : new Response(`${spoken}\n`)),
};
