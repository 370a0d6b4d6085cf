/**
 * How a request comes in with its body: at once when it has none, whole when that is short, piece by piece
 * when it is long or slow: an upload that the guest can begin to read.
 */
import { limits } from '../../base/limits.ts';
import type { BodyTime } from './body-time.ts';
import { askForBody, type Connection, type HttpExchange } from './exchange.ts';
import { bodyRefusals, type Refusal, refusals, refuse } from './refusals.ts';
import { type BodyBudget, declaredBodyBytes, receiveBody } from './request-body.ts';
import { mayComeInParts, Upload } from './upload.ts';

const EMPTY = new Uint8Array(0);

export interface IncomingBodiesPorts {
  /** Whether requests enter this host's machine, and do not wait or leave for another host's. */
  enterHere(): boolean;
  /** Of the request that is delivered next. */
  nextRequestId(): number;
  /** A request with all of its body, or with the first of it. */
  deliver(exchange: HttpExchange, body: Uint8Array): Refusal | undefined;
  /** More of a body, if its request is open still. */
  piece(requestId: number, bytes: Uint8Array, isLast: boolean): void;
  giveUp(requestId: number, connection: Connection): void;
}

export class IncomingBodies {
  readonly #budget: BodyBudget;
  readonly #ports: IncomingBodiesPorts;

  constructor(budget: BodyBudget, ports: IncomingBodiesPorts) {
    this.#budget = budget;
    this.#ports = ports;
  }

  /** Delivers the request, now or when its body has come; why not, if that is known at once. */
  receive(exchange: HttpExchange, time: BodyTime, expectsContinue: boolean): Refusal | undefined {
    const { request, connection } = exchange;
    const declared = declaredBodyBytes(request);
    if (declared === 0 && connection.coming === 0) return this.#ports.deliver(exchange, EMPTY);
    if (declared === undefined && request.headers['transfer-encoding']?.toLowerCase() !== 'chunked') {
      return refusals.encoding;
    }
    const comesInParts = mayComeInParts(request);
    if (comesInParts && this.#ports.enterHere()) {
      return this.#receiveInParts(exchange, declared, time, expectsContinue);
    }
    const tooLarge = (): Refusal | undefined => {
      if (!comesInParts) return refusals.tooLarge;
      // Not for the live host, which has it by another connection.
      request.socket.destroy();
      return undefined;
    };
    if (declared !== undefined && declared > limits.requestBodyBytes) return tooLarge();
    if (expectsContinue) askForBody(exchange.response);
    connection.coming += 1;
    receiveBody(request, this.#budget, (result) => {
      connection.coming -= 1;
      const refusal =
        result === 'too-large'
          ? tooLarge()
          : typeof result === 'string'
            ? bodyRefusals[result]
            : this.#ports.deliver(exchange, result);
      if (refusal !== undefined) refuse(exchange, refusal);
    });
    return undefined;
  }

  #receiveInParts(
    exchange: HttpExchange,
    declared: number | undefined,
    time: BodyTime,
    expectsContinue: boolean,
  ): Refusal | undefined {
    if (declared !== undefined && declared > limits.uploadBytes) return refusals.tooLargeAsStream;
    const upload = Upload.begin(exchange.request, this.#budget, time);
    if (upload === undefined) return refusals.queueFull;
    if (expectsContinue) askForBody(exchange.response);
    const { connection } = exchange;
    let requestId = 0;
    connection.coming += 1;
    const enter = (body: Uint8Array): boolean => {
      connection.coming -= 1;
      requestId = this.#ports.nextRequestId();
      const refusal = this.#ports.deliver(exchange, body);
      if (refusal !== undefined) refuse(exchange, refusal);
      return refusal === undefined;
    };
    upload.start({
      whole: enter,
      open: () => {
        // It was broken, and its client has been told.
        if (connection.isEnding) return false;
        if (!this.#ports.enterHere()) {
          // Half-way through a body when the roles began to change: only whole ones can wait, or be relayed.
          connection.socket.destroy();
          return false;
        }
        exchange.upload = upload;
        return enter(EMPTY);
      },
      piece: (bytes, isLast) => this.#ports.piece(requestId, bytes, isLast),
      tooLarge: () => this.#ports.giveUp(requestId, connection),
    });
    return undefined;
  }
}
