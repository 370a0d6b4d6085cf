/**
 * The border between host and kernel: what an interrupt's bytes mean, what a hypercall carries, and what lies
 * where in the control block. Both sides import this page and nothing of each other. FT's "virtual hardware".
 *
 * An interrupt is one byte of kind, then its fields. Numbers are LEB128 (unsigned, up to 2^53)
 * unless said; a text field of a request's head is UTF-8 without NUL, so that the machine can
 * make a string of it in one native call.
 */

/** What the host delivers. The value is the first byte of the payload. */
export const INTERRUPT = {
  /**
   * The guest program begins: 8 bytes of seed for Math.random (little-endian, not zero),
   * then the wall clock's ms as float64 LE.
   */
  start: 1,
  /** A client's request: request id, head length in bytes, head, body to the end. */
  request: 2,
  /** The client of an open request is gone: request id. */
  abort: 3,
  /** The alarm that the kernel set is due. */
  alarm: 4,
  /** This machine has gone live: epoch. Every connection of the former primary is dead. */
  live: 5,
  /** After a runaway turn was killed: repair the tables, answer 503. */
  recover: 6,
  /**
   * Made by the machine, never logged: a request, or a message to its WebSocket, that is too large for
   * the memory that is left: request id.
   */
  overrun: 7,
  /**
   * A client's request whose body comes in pieces: as `request`; what follows the head is the first of them.
   */
  openRequest: 8,
  /** A piece of that body: request id, 1 when it is the last one (else 0), bytes to the end. */
  bodyChunk: 9,
  /** The client has taken in so many bytes of a response's chunks: request id, bytes. */
  drained: 10,
  /**
   * After a planned switch-over, when the former primary has let its clients go: a request id, how many ids
   * follow, ids of requests. Open requests below the first id have no client any more, but for these.
   */
  formerClientsGone: 11,
  /**
   * The head of the answer to an outbound call: call id, generation, length of the head in bytes, head:
   * status, status text, final URL, '1' if it was redirected (else '0'), then name and value of each header,
   * joined by '\n'. An answer of another generation than the call's is ignored.
   */
  callHead: 20,
  /**
   * A piece of that answer's body: call id, generation, 1 when it is the last one (else 0), bytes to the end.
   */
  callBody: 21,
  /** There is no answer, or no more of it: call id, generation, why (UTF-8 without NUL, to the end). */
  callFailed: 22,
  /**
   * Another host goes on with this machine, and has the clients' connections, but
   * not those of outbound calls: epoch.
   */
  callsLost: 23,
  /**
   * A message of a client's WebSocket: id of the request that became it, 1
   * for text (else 0), bytes to the end.
   */
  socketMessage: 30,
  /**
   * That socket is closed: id, code, 1 when in order (else 0), reason (UTF-8 without NUL, to the end). One
   * that is lost without a word: `abort`.
   */
  socketClosed: 31,
} as const;

/**
 * First argument of `hypercall`. One that gives a value gives `undefined` when there is no memory for that.
 */
export const HYPERCALL = {
  /**
   * (op, arrayBuffer, byteOffset, byteLength): fills the range with random bytes, drawn from one logged seed.
   */
  entropy: 1,
  /**
   * (op, requestId, head: string, body: string | ArrayBuffer, byteOffset?, byteLength?): a response. Head:
   * status, then name and value of each header, joined by '\n'.
   */
  respond: 2,
  /** (op, stream: 1 | 2, text: string): text on the console; complete lines, without the last newline. */
  console: 3,
  /** (op, code): a plain program has ended. */
  end: 4,
  /** (op, arrayBuffer, byteOffset, byteLength) → string: pure; the bytes must be valid UTF-8 without NUL. */
  utf8Decode: 5,
  /**
   * (op, string, arrayBuffer, byteOffset, byteLength) → bytes written, or -1 if too small: pure; the string
   * must be well formed and without NUL.
   */
  utf8Encode: 6,
  /** (op, string) → bytes it takes in UTF-8: pure; same conditions. */
  utf8Length: 7,
  /**
   * (op, input: ArrayBuffer, inputLength, output: ArrayBuffer, outputLength) → bytes
   * written, or -1: pure; input as CRYPTO says.
   */
  crypto: 8,
  /**
   * (op, part, requestId, head: string, body: ArrayBuffer, byteOffset, byteLength): a part of a
   * response that leaves piece by piece, or word about a request's body. `part` as PART says; those
   * without a head or a body have empty ones.
   */
  part: 9,
  /**
   * (op, name) → what the text of a part of the kernel, from the image, is evaluated to;
   * undefined when there is no memory for it.
   */
  kernelPart: 10,
  /**
   * (op, text: string, body?: ArrayBuffer, byteOffset?, byteLength?) → 16 characters (base64url) of a SHA-256
   * over both: pure; the text as above.
   */
  fingerprint: 11,
  /**
   * (op, callId, head: string, body: string | ArrayBuffer, byteOffset?, byteLength?): about
   * an outbound call; head as CALL says.
   */
  call: 20,
  /**
   * (op, requestId, head: string, body: string | ArrayBuffer, byteOffset?, byteLength?): to a
   * client's WebSocket; head as SOCKET says.
   */
  socket: 21,
} as const;

/** What `HYPERCALL.socket` says: the first line of its head. */
export const SOCKET = {
  /**
   * The request's connection becomes a WebSocket. Then name and value of each
   * header of the response, a line each.
   */
  accept: 'accept',
  /** The body is a message, valid UTF-8. */
  text: 'text',
  binary: 'binary',
  /** Then code (1005 for none) and reason, a line each. */
  close: 'close',
} as const;

/**
 * A client that offers this subprotocol has a WebSocket that outlives its connection. In it a binary message
 * is one of the program's, and a text is what its first character says. Messages and `close` are counted in
 * each direction, from 1, and kept until the other side has acknowledged them; the rest is not counted.
 */
export const RESUMABLE = {
  protocol: 'tandem.v1',
  /**
   * Offered besides by a client that knows of no socket yet: behind it the id that it wants, so that a
   * handshake which is made again asks for the same one.
   */
  open: 'tandem.open.',
  /** Offered besides by a client that comes back: behind it ID.RECEIVED, of what it has received. */
  resume: 'tandem.resume.',
  /** A text of the program's, or of its client's. */
  text: 'm',
  /** Code (1005 for none) and reason, a line each: the last message of its direction. */
  close: 'c',
  /** How many have been received. */
  acknowledge: 'a',
  /**
   * The machine's first word on each connection: id to resume it by, how many it has received, and the
   * subprotocol that the program chose, a line each.
   */
  hello: 'h',
  /** Of the host's, now and then: this connection is alive. */
  alive: 'p',
} as const;

/** Why a resumable WebSocket is over for good: close codes. After any other, its client comes back. */
export const RESUMABLE_END = { malformed: 4400, gone: 4410, full: 4413 } as const;

/** Behind this, in the last line of the kernel's text, stand its parts: JSON, text by name. */
export const KERNEL_PARTS_MARK = '\n//# parts ';

/**
 * First byte of `crypto`'s input, then bytes that belong to it, then fields, each with its length (u32 LE)
 * before it. A hash: the data. hmac: code of the hash; key, data. gcm, cbc, ctr: 1 to decrypt, bytes of the
 * tag; key, initial value, additional data, data.
 */
export const CRYPTO = { sha1: 1, sha256: 2, sha384: 3, sha512: 4, hmac: 5, gcm: 6, cbc: 7, ctr: 8 } as const;

/**
 * What `HYPERCALL.part` says. A response in parts: one `begin`, any number of `chunk`, then `end` or `fail`.
 */
export const PART = {
  /** The head, as `respond` has it. */
  begin: 1,
  chunk: 2,
  end: 3,
  /** It will never be complete: the client's connection is to be reset. */
  fail: 4,
  /**
   * The guest has taken in this many bytes (the head, as decimal text) of the request's
   * body: as many more may be delivered.
   */
  taken: 5,
} as const;

/**
 * What may be under way without an answer, in bytes: of a response's chunks until
 * `drained`, of a request's body until `taken`.
 */
export const STREAM_WINDOW_BYTES = 256 * 1024;

/**
 * What `HYPERCALL.call` says: the first line of its head. The second line is the call's
 * generation: the epoch in which the kernel last heard that connections were lost; a call that is
 * made again has another one than before.
 */
export const CALL = {
  /**
   * Then how often it has been made, this time included, redirect mode, method, URL, name and value of each
   * header, a line each; the body is the request's.
   */
  request: 'request',
  /** Nobody wants the answer any more. */
  cancel: 'cancel',
  /**
   * Then a number: so many bytes of the answer's body have been taken in, and as many more may be delivered.
   */
  taken: 'taken',
} as const;

/** What may be under way of one answer's body, in bytes, until the kernel says `taken`. */
export const CALL_WINDOW_BYTES = 256 * 1024;

/**
 * Fixed kernel memory: the host reads it after a turn, a clone or a go-live; only
 * the kernel writes it. Offsets in bytes.
 */
export const CONTROL = {
  /** u8: not zero while kernel tables are in motion; no kill falls then. */
  mask: 0,
  /** u8: not zero when the kernel wants `settle` called once the job queue is empty. */
  settle: 1,
  /** u8: 1 once the guest turned out to have a fetch handler, 2 when it is a plain program, 0 before. */
  program: 2,
  /** u8: 1 once a plain program has ended. */
  ended: 3,
  /** f64 LE: guest time in ms of the next alarm; Infinity for none. */
  nextAlarmMs: 8,
  /** f64 LE: outputs made so far; the last one's ordinal. */
  ordinal: 16,
  /** f64 LE: requests that have no response yet. */
  openRequests: 24,
  /** u32 LE: length in bytes of the interrupt in the mailbox. */
  mailboxLength: 32,
  /**
   * f64 LE: bytes that the memory may grow to; only the host writes it. Here, so that a
   * clone has it and the hash covers it.
   */
  memoryMaximumBytes: 40,
  /**
   * f64 LE: bytes that may be kept for replies, to keys and in sessions; written
   * by the host at boot, from the image.
   */
  replyMaximumBytes: 48,
  /**
   * f64 LE: ms of guest time for which a key, or a session that nobody uses, is remembered; written
   * by the host at boot, from the image.
   */
  replyLifetimeMs: 56,
  /** f64 LE: Idempotency-Keys that are remembered. */
  keys: 64,
  /** f64 LE: sessions that are open. */
  sessions: 72,
  /** f64 LE: bytes that both cost, with the replies that are kept for them. */
  replyBytes: 80,
  /** f64 LE: requests that were refused because there was no room to remember them. */
  refusedForRoom: 88,
  /** f64 LE: outbound calls whose answer has not come in whole. */
  openCalls: 96,
  /** Where the host writes an interrupt's payload. */
  mailbox: 128,
  /** Size of the whole block. A payload that does not fit the mailbox is passed as an ArrayBuffer. */
  sizeBytes: 128 + 64 * 1024,
} as const;

export const PROGRAM = { unknown: 0, serving: 1, plain: 2 } as const;

/**
 * Header names that travel as one character (1..9, 11..31), in this order from code 1 on and leaving out code
 * 10, the separator. Part of the image: a change changes the kernel's digest.
 */
export const SHORT_HEADER_NAMES = [
  'host',
  'connection',
  'content-type',
  'content-length',
  'accept',
  'user-agent',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'idempotency-key',
  'cookie',
  'authorization',
  'origin',
  'referer',
  'transfer-encoding',
  'if-none-match',
  'if-modified-since',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-request-id',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-dest',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'pragma',
  'dnt',
  'upgrade-insecure-requests',
  'traceparent',
] as const;

/**
 * A request's head as text: method, target (path and query, as the client sent it), then name and value of
 * each header, joined by '\n'. Names are lower case; the names above are one character.
 */
export const HEAD_SEPARATOR = '\n';

/** Paths below it are Tandem's own: they never reach the guest. */
export const OWN_PATHS = '/.well-known/tandem/';

/** A header that only replies of Tandem's own have, with a word for the reason. */
export const REFUSAL_HEADER = 'tandem-refusal';

/** What a guard looks at to tell whether a native call is bounded; the call is the kernel's otherwise. */
export const GUARD = {
  /**
   * The length of `this`, a real array, is at most the bound; or `this` is
   * undefined or null, which is an error.
   */
  array: 0,
  /**
   * Places times length of the part is at most the bound, for a text `this` and a text as first argument;
   * whatever is no text is an error or has a protocol of its own.
   */
  search: 1,
} as const;

/** Columns of the list of guarded natives, row after row: behind the functions in what `boot` returns. */
export const GUARDED_NATIVE = { name: 0, native: 1, slow: 2, kind: 3, bound: 4, columns: 5 } as const;

/**
 * Columns of the list of samples, behind that: a guard of this kind finds a call bounded (1) or
 * not (0), by the bound of its natives.
 */
export const GUARD_SAMPLE = { kind: 0, self: 1, argument: 2, bounded: 3, columns: 4 } as const;

/**
 * The functions that the kernel's `boot(hypercall, control)` returns, in this order; the host
 * calls no others but the guarded natives'.
 */
export const KERNEL_ENTRY = {
  /** (large?: ArrayBuffer): an interrupt lies in the mailbox, or in `large` when it did not fit. */
  deliver: 0,
  /** (): the job queue is empty and `CONTROL.settle` was set. */
  settle: 1,
  /** (namespace | Promise of it): the guest's module has been evaluated. */
  loaded: 2,
  /** (error): the guest's module threw while loading, or did not compile. */
  failed: 3,
  /**
   * (promise, reason, handled: boolean): a promise was rejected with nobody
   * listening, or found a listener later.
   */
  rejection: 4,
} as const;

/** Where the two lists stand in what `boot` returns. */
export const KERNEL_LIST = { guardedNatives: 5, guardSamples: 6 } as const;
