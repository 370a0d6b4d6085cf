/** What the front knows of a client's connection and of a request on it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ReplyParts } from './reply-parts.ts';
import type { Upload } from './upload.ts';

export interface Connection {
  readonly socket: Socket;
  /** Ids of delivered requests that have no response yet. */
  readonly open: Set<number>;
  /** Came in through a door that could not be shut: refused while it should be. */
  readonly late: boolean;
  /** A refusal was written; whatever else the client sends is not read as HTTP. */
  refused: boolean;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
  /** Set when it asks for a WebSocket: what its client has said behind the head. */
  readonly handshake?: Buffer;
  /** Its body, if that comes piece by piece. */
  upload?: Upload;
  /** Its response, if that leaves piece by piece. */
  parts?: ReplyParts;
}
