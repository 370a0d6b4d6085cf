/**
 * A slow wire: a process in a host's network that passes bytes on between it and others, as late as it is
 * told. It stands in for the delay that a kernel without netem cannot make. Bytes keep their order; what
 * it is told goes for all connections:
 *
 *     {"delayMs":40}    each way from now on; what is under way keeps its order
 *     {"stalled":true}  nothing is passed on until {"stalled":false}
 *     {"tear":true}     the next piece of each connection is cut in the middle, and the connection with it
 *
 * Started with words `PORT=ADDRESS:PORT`, orders come over IPC. It is
 * bundled when it is needed (slow-wire.ts).
 */
import { connect, createServer, type Socket } from 'node:net';

export interface RelayOrder {
  readonly delayMs?: number;
  readonly stalled?: boolean;
  readonly tear?: boolean;
}

/** Beyond this a sender has to wait, as with any network. */
const QUEUE_BYTES = 4 * 1024 * 1024;

let delayMs = 0;
let stalled = false;
const pipes = new Set<Pipe>();

/** One direction of one connection. */
class Pipe {
  tearing = false;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #queue: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
  #queuedBytes = 0;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    from.on('data', (bytes) => this.#take(bytes));
    from.once('close', () => {
      this.#hasEnded = true;
      this.flush();
    });
    pipes.add(this);
  }

  flush(): void {
    clearTimeout(this.#timer);
    while (!stalled) {
      const [first] = this.#queue;
      if (first === undefined) {
        if (this.#hasEnded) this.#end();
        return;
      }
      const leftMs = first.dueMs - performance.now();
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.flush(), Math.ceil(leftMs));
        return;
      }
      this.#queue.shift();
      this.#queuedBytes -= first.bytes.length;
      if (this.#queuedBytes < QUEUE_BYTES) this.#from.resume();
      this.#pass(first.bytes);
    }
  }

  #take(bytes: Buffer): void {
    this.#queue.push({ bytes, dueMs: performance.now() + delayMs });
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes >= QUEUE_BYTES) this.#from.pause();
    this.flush();
  }

  /** A reset and an end are passed on alike: either is the end of a logging channel. */
  #end(): void {
    pipes.delete(this);
    this.#to.destroySoon();
  }

  #pass(bytes: Buffer): void {
    if (!this.tearing) {
      this.#to.write(bytes);
      return;
    }
    this.#to.end(bytes.subarray(0, Math.floor(bytes.length / 2)));
    this.#from.resetAndDestroy();
  }
}

function join(client: Socket, server: Socket): void {
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ] as const) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    new Pipe(socket, other);
  }
}

function obey(order: RelayOrder): void {
  delayMs = order.delayMs ?? delayMs;
  stalled = order.stalled ?? stalled;
  for (const pipe of pipes) {
    if (order.tear === true) pipe.tearing = true;
    pipe.flush();
  }
}

const words = process.argv.slice(2);
let listening = 0;
for (const word of words) {
  const [port = '', address = ''] = word.split('=');
  const [host = '', targetPort = ''] = address.split(':');
  const server = createServer((client) => join(client, connect(Number(targetPort), host)));
  server.listen(Number(port), '127.0.0.1', () => {
    listening += 1;
    if (listening === words.length) process.send?.('ready');
  });
}
process.on('message', (order) => {
  obey(order as RelayOrder);
  process.send?.('done');
});
process.on('disconnect', () => process.exit(0));
