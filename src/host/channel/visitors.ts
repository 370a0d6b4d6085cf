/**
 * Peers that come before this host's machine stands: they wait at the door, with what they say. A backup may
 * boot faster than its primary, and a host that comes back as a spare boots again.
 */
import type { ChannelPath } from './logging-channel.ts';
import type { LoggingConnection } from './logging-connection.ts';

export type Adopt = (connection: LoggingConnection, path: ChannelPath) => void;

export class Visitors {
  #waiting: { readonly connection: LoggingConnection; readonly path: ChannelPath }[] = [];
  #adopt: Adopt | undefined;

  came(connection: LoggingConnection, path: ChannelPath): void {
    if (this.#adopt !== undefined) {
      this.#adopt(connection, path);
      return;
    }
    connection.pause();
    this.#waiting.push({ connection, path });
  }

  /** From now on `adopt` takes each of them at once. */
  welcome(adopt: Adopt): void {
    this.#adopt = adopt;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { connection, path } of waiting) {
      adopt(connection, path);
      connection.resume();
    }
  }

  /** Until the next machine stands. */
  wait(): void {
    this.#adopt = undefined;
  }
}
