/**
 * A network between a host and a server that loses answers: a TCP proxy whose
 * behaviour a test changes as it goes.
 */
import { connect, createServer, type Socket } from 'node:net';

export type Weather =
  /** Passes everything on. */
  | 'fair'
  /**
   * Passes the request on and cuts the connection when the answer comes: it
   * was carried out, and nobody is told.
   */
  | 'cuts-answers'
  /** Passes the request on and keeps the answer for ever. */
  | 'swallows-answers'
  /** Passes nothing on, not even the end of a connection: a cable that is cut. */
  | 'silent';

export class TcpProxy {
  weather: Weather = 'fair';
  readonly port: number;
  /** Answers that did not get through. */
  lost = 0;
  readonly #sockets = new Set<Socket>();
  readonly #close: () => void;

  private constructor(port: number, close: () => void) {
    this.port = port;
    this.#close = close;
  }

  static start(targetPort: number): Promise<TcpProxy> {
    return new Promise((resolve) => {
      const server = createServer((client) => proxy.#join(client, connect(targetPort, '127.0.0.1')));
      let proxy: TcpProxy;
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        proxy = new TcpProxy(port, () => void server.close());
        resolve(proxy);
      });
    });
  }

  end(): void {
    this.#close();
    this.hangUp();
  }

  /** Ends all connections; new ones are welcome. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, server: Socket): void {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (this.weather !== 'silent') other.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (this.weather !== 'silent') server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (this.weather === 'fair') {
        client.write(bytes);
        return;
      }
      this.lost += 1;
      if (this.weather === 'cuts-answers') client.resetAndDestroy();
    });
  }
}
