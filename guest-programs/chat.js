/**
 * A chat room over WebSockets, with its page. A connection dies with its host, a room does not: whoever
 * connects again names the last line that he has and is told what came since. A line that was sent and not
 * seen in the room is sent again under the same id, and the room knows it by that. So nobody loses a line,
 * nobody reads one twice, and all read them in one order, whichever machine dies.
 */
const KEPT = 1_000;
const lines = [];
const ids = new Set();
const people = new Set();
let lastNumber = 0;

function say(socket, line) {
  socket.send(JSON.stringify(line));
}

/** A line of somebody's: { id, name, text }. */
function take(data) {
  const { id, name, text } = JSON.parse(data);
  if (typeof id !== 'string' || typeof text !== 'string' || text.length > 2_000 || ids.has(id)) return;
  lastNumber += 1;
  const line = { number: lastNumber, id, name: String(name).slice(0, 40), text, at: Date.now() };
  lines.push(line);
  ids.add(id);
  if (lines.length > KEPT) ids.delete(lines.shift().id);
  for (const socket of people) say(socket, line);
}

function join(request) {
  const after = Number(new URL(request.url).searchParams.get('after') ?? 0);
  const { 0: client, 1: socket } = new WebSocketPair();
  socket.accept();
  people.add(socket);
  socket.addEventListener('close', () => people.delete(socket));
  socket.addEventListener('message', ({ data }) => take(data));
  for (const line of lines) if (line.number > after) say(socket, line);
  return new Response(null, { status: 101, webSocket: client });
}

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/room') {
      if (request.headers.get('upgrade') === 'websocket') return join(request);
      return Response.json({ people: people.size, lines: lastNumber });
    }
    if (pathname !== '/') return new Response('try /\n', { status: 404 });
    return new Response(page, { headers: { 'content-type': 'text/html;charset=utf-8' } });
  },
};

const page = `<!doctype html>
<meta charset="utf-8">
<title>A room that survives its machine</title>
<style>
  body { font: 16px/1.5 system-ui; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
  ol { list-style: none; padding: 0; min-height: 12rem }
  li.waiting { opacity: .5 }
  form { display: flex; gap: .5rem }
  input[name=text] { flex: 1 }
  #state { color: #666 }
</style>
<h1>A room that survives its machine</h1>
<p id="state">connecting …</p>
<ol id="lines"></ol>
<form><input name="name" size="8" value="somebody"><input name="text" autocomplete="off" autofocus><button>Say</button></form>
<script>
  const state = document.querySelector('#state'), list = document.querySelector('#lines'), form = document.querySelector('form');
  // Lines that were said and have not come back yet, by id.
  const waiting = new Map();
  let last = 0, socket;

  function connect() {
    socket = new WebSocket(location.href.replace(/^http/, 'ws') + 'room?after=' + last);
    socket.onopen = () => {
      state.textContent = 'connected';
      for (const { line } of waiting.values()) socket.send(JSON.stringify(line));
    };
    socket.onmessage = ({ data }) => {
      const line = JSON.parse(data);
      if (line.number <= last) return;
      last = line.number;
      waiting.get(line.id)?.item.remove();
      waiting.delete(line.id);
      show(line);
    };
    socket.onclose = () => {
      state.textContent = 'connecting again …';
      setTimeout(connect, 100);
    };
  }

  function show({ number, name, text }) {
    const item = document.createElement('li');
    item.textContent = (number === undefined ? '' : number + ' ') + name + ': ' + text;
    item.className = number === undefined ? 'waiting' : '';
    list.append(item);
    return item;
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16)).join('-');
    const line = { id, name: form.name.value, text: form.text.value };
    waiting.set(id, { line, item: show(line) });
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(line));
    form.text.value = '';
  };
  connect();
</script>
`;
