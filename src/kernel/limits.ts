/**
 * Every bound of the kernel, with its unit, in one place. They are part of
 * the image: a change changes its digest.
 */
const KIB = 1024;
const MIB = 1024 * KIB;

export const limits = {
  /**
   * Head and body of one response, as they leave the machine: half of the ring that they
   * pass (ringBytes in base/limits.ts).
   */
  responseBytes: 8 * MIB,
  /** Head of a response whose body follows in parts, or that makes a WebSocket of its connection. */
  headBytes: 256 * KIB,
  /** Any one output: head and body as bounded here, and the words that the kernel adds to a head. */
  outputBytes: 8 * MIB + 4 * KIB,
  /**
   * One message of a WebSocket, as it leaves the machine; of clients' as much
   * (socketMessageBytes in base/limits.ts).
   */
  socketMessageBytes: 1 * MIB,
  /**
   * WebSockets that outlive a connection, those included whose client is away; and how long it may be that.
   */
  resumableSockets: 16_384,
  socketAwayMs: 60_000,
  /**
   * Of those that their clients have closed, as many are known as long, so that a client that
   * has not heard so can be told again.
   */
  socketsOver: 4_096,
  /** Handshakes that wait for the guest though their clients are away. */
  handshakesAway: 1_024,
  /**
   * What one keeps of what its client has not acknowledged, and all together. Of a message, its
   * bytes and the engine's records of it.
   */
  socketKeptMessages: 10_000,
  socketKeptBytes: 4 * MIB,
  socketsKeptBytes: 32 * MIB,
  socketKeptOverheadBytes: 200,
  /** Outbound calls whose answer has not come in whole. */
  openCalls: 512,
  /** Head and body of one outbound request, as they leave the machine. */
  callBytes: 8 * MIB,
  /** One chunk of a response that leaves in parts; a larger one of the guest's is cut. */
  chunkBytes: 64 * KIB,
  /** Event streams with a name, and when one that no client is connected to may be forgotten for another. */
  eventStreams: 512,
  eventStreamUnusedMs: 10 * 60_000,
  /**
   * Events of one that are kept for clients that come back, unless the program says how many, and at most.
   */
  eventsKept: 1_000,
  eventsKeptMost: 5_000,
  /**
   * All that is kept of one, also for clients that are slow, and of all together. Of an event, its text and
   * the engine's records of it, measured.
   */
  eventStreamBytes: 2 * MIB,
  eventStreamsBytes: 32 * MIB,
  eventOverheadBytes: 270,
  /** One event. */
  eventBytes: 64 * KIB,
  /** After so long a client that lost its connection comes back. */
  eventRetryMs: 500,
  /** A body that is read at once (`text`, `json`, …) though it came or was made as a stream. */
  wholeBodyBytes: 64 * MIB,
  /**
   * Text of one console call or one error; what lies beyond is cut, with a marker. In
   * UTF-16 units: at most three bytes each.
   */
  consoleText: 1 * MIB,
  /** Depth to which `console.group` indents. */
  consoleGroups: 100,
  /** Rejections nobody handled that are reported one by one at the end of a turn; the rest are counted. */
  rejectionReports: 50,
  /** Idempotency-Keys that are remembered at most, however small their replies are. */
  replyEntries: 1_000_000,
  /** What a key or a request of a session costs beside its texts: the engine's records, measured. */
  replyOverheadBytes: 150,
  /** What a reply costs besides when it is bytes and not text. */
  replyBufferBytes: 160,
  /** Sessions of clients, and what one costs that has asked for nothing yet, measured. */
  sessions: 16_384,
  sessionOverheadBytes: 540,
  /** Requests that a client may have outstanding in a session; for each the last reply is kept. */
  sessionSlots: 16,
  /** Set aside for the reply of a request that has begun. */
  replyReservedBytes: 1 * KIB,
  /**
   * Keys, or sessions, take at most this share of the bytes for replies, so that neither
   * crowds the other out. In hundredths.
   */
  replySharePercent: 75,
  /** Expired replies dropped per request with a key, so that no request pays for all. */
  replyPurgeSteps: 4,
  /**
   * Heads of replies that are kept once for all replies that have them, and
   * the longest such head. In characters.
   */
  replyHeads: 250,
  replyHeadLength: 512,
  /** Longest Idempotency-Key. In characters. */
  keyLength: 255,
  /** What a client is told to wait whose key is in use. */
  retryAfterSeconds: 1,
  /** Bytes of one crypto.getRandomValues call, as the standard has it. */
  randomBytes: 65_536,
  /** Random bytes drawn from one logged seed and kept in the machine until they are used. */
  randomPoolBytes: 4 * KIB,
  /**
   * Native calls with no poll inside may touch this many elements, or as many steps;
   * beyond, a loop that polls does the work.
   */
  nativeSteps: 1_000_000,
  /** Elements that one native call sorts of an array longer than that. */
  sortRun: 32_768,
  /** A native search of a text may take this many comparisons: some milliseconds. */
  searchSteps: 16 * MIB,
  /** Comparisons of one window of a longer search. */
  searchWindowSteps: 64 * KIB,
  /** Comparisons that count as one step towards the next poll. */
  searchStepsPerTick: 512,
} as const;
