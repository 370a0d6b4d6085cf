/** What the front knows of a client's connection and of a request on it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastConnection } from './fast-connection.ts';
import type { ReplyParts } from './reply-parts.ts';
import type { Upload } from './upload.ts';

export interface Connection {
  readonly socket: Socket;
  /** Ids of delivered requests that have no response yet. */
  readonly open: Set<number>;
  /** Came in through a door that could not be shut: refused while it should be. */
  readonly late: boolean;
  /** Responses of Node's that have not left whole. */
  readonly answering: Set<ServerResponse>;
  /** Requests whose bodies have not come in whole: who comes behind them enters behind them. */
  coming: number;
  /** Its last response is under way, a refusal or a relayed one: what else the client sends is for nobody. */
  isEnding: boolean;
}

export const newConnection = (socket: Socket, late: boolean): Connection => ({
  socket,
  open: new Set(),
  late,
  answering: new Set(),
  coming: 0,
  isEnding: false,
});

/** A response of Node's begins; it is one of its connection's until it has left, or never will. */
export function answersOn({ answering }: Connection, response: ServerResponse): void {
  answering.add(response);
  response.once('close', () => answering.delete(response));
}

/** Whether what is written now would be taken for the answer to another request than the incoming one. */
export function owesAnswers({ open, answering }: Connection): boolean {
  const isOwed = ({ req, socket, writableEnded }: ServerResponse): boolean =>
    req.complete && (socket === null || !writableEnded);
  return open.size > 0 || [...answering].some(isOwed);
}

/**
 * Its client waits for a word before it sends the body. That word must not stand among the bytes of an answer
 * before it, nor behind this one's own head.
 */
export function askForBody(response: ServerResponse): void {
  const ask = (): void => {
    if (!response.headersSent) response.writeContinue();
  };
  // Node gives it the connection when the answers before it have left.
  if (response.socket === null) response.once('socket', ask);
  else ask();
}

interface AnyExchange {
  readonly connection: Connection;
  /** Its response, if that leaves piece by piece. */
  parts?: ReplyParts;
}

/** A request that Node has read. */
export interface HttpExchange extends AnyExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Set when it asks for a WebSocket: what its client has said behind the head. */
  readonly handshake?: Buffer;
  /** Its body, if that comes piece by piece. */
  upload?: Upload;
}

/** One that was read on the fast path. */
export interface FastExchange extends AnyExchange {
  readonly fast: FastConnection;
}

export type Exchange = HttpExchange | FastExchange;

/** Whether it is half-way through a body, or about to be a WebSocket. */
export const isHalfWay = (exchange: Exchange): boolean =>
  exchange.parts !== undefined ||
  (!('fast' in exchange) && (exchange.upload !== undefined || exchange.handshake !== undefined));
