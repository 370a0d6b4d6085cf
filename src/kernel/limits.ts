/** Every bound of the kernel, with its unit, in one place. They are part of the image: a change changes its digest. */
const KIB = 1024;
const MIB = 1024 * KIB;

export const limits = {
  /** Head and body of one response, as they leave the machine: half of the ring that they pass (ringBytes in base/limits.ts). */
  responseBytes: 8 * MIB,
  /** Outbound calls whose answer has not come in whole. */
  openCalls: 512,
  /** Head and body of one outbound request, as they leave the machine. */
  callBytes: 8 * MIB,
  /** The body of one answer to an outbound call. */
  callAnswerBytes: 32 * MIB,
  /** Text of one console call or one error; what lies beyond is cut, with a marker. In UTF-16 units: at most three bytes each. */
  consoleText: 1 * MIB,
  /** Depth to which `console.group` indents. */
  consoleGroups: 100,
  /** Rejections nobody handled that are reported one by one at the end of a turn; the rest are counted. */
  rejectionReports: 50,
  /** Replies kept for retries of the same Idempotency-Key. */
  replyEntries: 100_000,
  /** Bytes of those replies, their keys and their requests' bodies. */
  replyBytes: 32 * MIB,
  /** What a kept reply costs beside its texts. */
  replyOverheadBytes: 512,
  /** A body up to this size is kept to compare a retry with; of a longer one a hash. */
  replyBodyBytes: 4 * KIB,
  /** A key is never forgotten before this time has passed. */
  replyLifetimeMs: 24 * 60 * 60 * 1000,
  /** Expired replies dropped per request with a key, so that no request pays for all. */
  replyPurgeSteps: 4,
  /** Longest Idempotency-Key. In characters. */
  keyLength: 255,
  /** What a client that found the reply cache full is told to wait. */
  retryAfterSeconds: 60,
  /** Bytes of one crypto.getRandomValues call, as the standard has it. */
  randomBytes: 65_536,
  /** Random bytes drawn from one logged seed and kept in the machine until they are used. */
  randomPoolBytes: 4 * KIB,
  /** Native calls with no poll inside may touch this many elements, or as many steps; beyond, a loop that polls does the work. */
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
