/** Every bound of the system, with its unit, in one place (I10). A default that a flag can change says so. */

const KIB = 1024;
const MIB = 1024 * KIB;

export const limits = {
  // The machine. These belong to the image: primary and backup must agree on them.
  /** Linear memory at boot. */
  machineInitialBytes: 16 * MIB,
  /** Linear memory at most (flag --memory-mib). */
  machineMaximumBytes: 256 * MIB,
  /** What that limit may be raised to while the machine runs: its address space is set aside at boot. */
  machineCapBytes: 2048 * MIB,
  /**
   * QuickJS's own stack check: functions recurse about half as deep as in Node. V8 gets 64 times as much, so
   * that this one always fires first.
   */
  guestStackBytes: 1 * MIB,
  /** The same in `tandem simulate`, whose machines run on the main thread with V8's ordinary stack. */
  simulatedStackBytes: 256 * KIB,
  /** Stack of the vCPU thread. The system gives it memory as far as it is used. */
  vcpuStackMib: 64,
  /** No interrupt falls before this poll of a turn, so short turns need no progress mark. */
  firstInterruptiblePoll: 16,
  /**
   * Outputs of a short turn: one that has made more is a long one, however few its polls. Several thousand
   * outputs fit before the first interruptible poll.
   */
  shortTurnOutputBytes: 1 * MIB,
  /** An Idempotency-Key, or a session that nobody uses, is remembered this long (flag --idempotency-ttl). */
  replyLifetimeMs: 10 * 60_000,
  /** Replies kept for them: a quarter of the memory, at most so much (flag --idempotency-mib). */
  replyMaximumBytes: 64 * MIB,
  /** A fetch handler's turn may compute this long before it is killed; plain programs for ever. */
  turnLimitMs: 30_000,
  /** Page of the Merkle tree over the memory. */
  pageBytes: 16 * KIB,

  // Control operations (FT §3.3).
  /** Requests that are open when the machine is switched off are answered within this time, or not at all. */
  drainMs: 3_000,
  /** A turn that has been running for longer is not waited for. */
  stoppableTurnMs: 1_000,
  /** Switching off, with everything that waits for it. */
  powerOffMs: 8_000,
  /** A switch-over that has not begun after this is given up; one that has not ended is doubted. */
  handOverMs: 1_000,
  /** A switch-over, with whatever doubt may come of it. */
  switchOverMs: 6_000,
  /**
   * Clients that stay connected to the old primary after a switch-over are served through it for this long.
   */
  relayMs: 30_000,
  /** The new primary's doors open within this time, or clients are reset. */
  relayConnectMs: 2_000,
  /** A change of limits, which waits for the end of a turn and for the backup. */
  changeLimitsMs: 5_000,

  // The log and the logging channel.
  /** A batch is closed at this size even when more entries are ready; a larger one has a single entry. */
  batchBytes: 256 * KIB,
  /** Frames of one WebSocket message on the logging channel; this version sends two at most. */
  channelFragments: 16,
  /** From this size on a batch is not copied behind its head. */
  batchPieceBytes: 32 * KIB,
  /** Spares on a primary's list; more are refused. */
  sparesWaiting: 16,
  /**
   * A spare that has asked all hosts it knows waits before it asks again;
   * doubled each time, up to the maximum.
   */
  seekAgainFirstMs: 50,
  seekAgainMaximumMs: 2_000,
  /** A host that is dead or asleep says nothing: so long until the next of several is asked. */
  seekAnswerMs: 500,
  /** Between a failed life of a spare and its next one. */
  nextLifeMs: 100,
  /** Entries a primary keeps that its backup has not acknowledged; full: the vCPU stops. */
  logBufferBytes: 64 * MIB,
  /**
   * Log since the last checkpoint between two turns, on every host: some ten minutes of a turn. Beyond it a
   * spare joins when the turn has ended.
   */
  joinLogBytes: 64 * MIB,
  /** Bytes that a backup has received and not yet executed; above it the primary's vCPU stops. */
  executionLagBytes: 64 * MIB,
  /** Pages of a checkpoint in one message, before they are packed. */
  pagesMessageBytes: 1 * MIB,
  /** Messages of pages that are packed or sent at one time. */
  pagesMessagesAtOnce: 2,
  /** A text in a frame: a name, a reason, a mend. */
  frameTextCharacters: 4 * KIB,
  /** One message on the logging channel. */
  channelMessageBytes: 16 * MIB,
  /** Bytes for a peer that the network has not taken: more, and it is cut off. */
  channelSendBytes: 96 * MIB,
  /** Connections of peers that have shown the token; more are refused. */
  channelConnections: 64,
  /**
   * Connections that have not shown it yet: for a new one the oldest goes.
   * Also those that wait to be accepted.
   */
  channelStrangers: 256,
  /** One line in the log at most so often about those that were turned away. */
  channelStrangersSaidMs: 10_000,
  /** From the begin of a connection to its end of handshake, and from there to its hello. */
  channelHandshakeMs: 3_000,
  /** A peer that does not answer a close is dead. */
  channelCloseMs: 250,
  /**
   * Outputs that wait for an acknowledgement, and lines that nobody has printed yet, each with its overhead.
   */
  heldOutputBytes: 64 * MIB,
  /** What a held output costs beside its text: its records here, and on its way to the console's end. */
  heldOutputOverheadBytes: 512,
  /**
   * Outputs that leave by one event, or one that is larger: what else may leave does so from tick to tick,
   * so that heartbeats come in between.
   */
  releaseBytes: 4 * MIB,
  /** Each direction of the ring between hypervisor and vCPU. */
  ringBytes: 16 * MIB,
  /**
   * Messages of the vCPU that the hypervisor takes before sockets and heartbeats have their turn again. As
   * many lines of the console leave by one acknowledgement: on a machine with eight others at work, cold, a
   * thousand took longer than the backup's patience.
   */
  ringRoundMessages: 128,
  /** And at most so many bytes of them. */
  ringRoundBytes: 4 * MIB,
  /** Outputs that gather in the vCPU while it is busy with a turn, or with several short ones. */
  gatheredOutputBytes: 256 * KIB,
  /** An output of a turn that has been running for longer does not wait for company. */
  gatherOutputsMs: 10,
  /** Orders and entries that wait while the ring to the vCPU is full. */
  vcpuOrdersBytes: 128 * MIB,
  /** V8's own heap in the vCPU thread; the machine's memory does not count. */
  vcpuHeapMib: 512,
  /** Hash points that a host remembers, and questions about them that may wait. */
  hashPointsKept: 1_024,
  hashQuestions: 64,
  /** A vCPU that has not polled for so long is inside a native call: clients get 503 until it comes back. */
  vcpuStuckMs: 1_000,
  /**
   * Samples of a CPU profile, one each 10,000 steps of the engine: some quarter of an hour of computing; and
   * distinct places in its tree of calls.
   */
  profileSamples: 1_000_000,
  profileNodes: 65_536,
  /** Servers that a program may not call of which the operator is told, once each. */
  refusedServersTold: 64,
  /** Why a vCPU failed, in its last message. */
  reasonBytes: 16 * KIB,

  // Time.
  heartbeatMs: 50,
  suspectAfterMs: 500,
  /** Log gathers at most this long while the batch before it is not acknowledged. */
  gatherMs: 1,
  /** With so many requests open the vCPU's results are fetched in steps of some milliseconds. */
  busyRequests: 8,
  restMs: 1,
  /**
   * With so few, this host looks for what comes next, instead of being woken for it, at most this long; and
   * when that was in vain so often, not for so many requests.
   */
  busyPollRequests: 2,
  busyPollMs: 1.5,
  busyPollVain: 4,
  busyPollRestRequests: 64,
  /**
   * Between two ticks of the protocol core: of the wake-ups of both hypervisors, which cost a guest that
   * computes its caches, most follow from these.
   */
  tickMs: 20,
  /**
   * Execution lag towards which the primary's vCPU is slowed more and more (FT §3.2 has one
   * second; a lag is a part of the gap).
   */
  executionLagMs: 100,
  /** Wait before the arbiter is asked again; doubled each time, up to the maximum. */
  arbiterRetryFirstMs: 50,
  arbiterRetryMaximumMs: 1_000,
  /** An arbiter that has not answered by then is unreachable; the endpoints of an etcd share it. */
  arbiterAnswerMs: 2_000,
  /** A connection to an etcd is kept for the next call this long. */
  etcdIdleMs: 4_000,
  /** An etcd's answer: two records at most. */
  etcdAnswerBytes: 1 * MIB,
  /** Status lines kept for the report of a host that halts. */
  statusLinesKept: 20,
  /**
   * A slowed vCPU sleeps for this much of a turn's running at most, in proportion,
   * at each of its polls and at its end.
   */
  slowedRunMs: 10,
  hashEveryMs: 100,
  markEveryMs: 10,

  // Clients.
  requestBodyBytes: 4 * MIB,
  /**
   * A larger body without an Idempotency-Key, or one of unknown length, enters the machine piece by piece.
   */
  wholeRequestBytes: 1 * MIB,
  /** A body of unknown length has this long to come in whole; then it is taken piece by piece. */
  uploadGatherMs: 20,
  /** Of a body in pieces, smaller ones wait for company as long. */
  bodyPieceBytes: 1 * KIB,
  /** Chunks of all bodies in one turn of the event loop: then heartbeats come in between. */
  bodyChunksAtOnce: 4_096,
  /** A body that comes piece by piece has so much at most. */
  uploadBytes: 1024 * MIB,
  /** Of such a body so much has to come in each interval in which it is read: some 500 bytes a second. */
  uploadPaceMs: 30_000,
  uploadPaceBytes: 16 * KIB,
  requestHeadBytes: 16 * KIB,
  clientConnections: 16_384,
  /** Connections that wait to be accepted; also those of the gap at a go-live. The kernel may allow fewer. */
  clientBacklog: 4_096,
  /** Requests inside the machine that have no response yet, in total and on one connection (pipelining). */
  openRequests: 16_384,
  pipelinedRequests: 128,
  /**
   * What a connection on the fast path may send ahead of its reply, in one packet or more; one that has sent
   * more is not read, and has its reply within this time or is ended.
   */
  pipelinedBytes: 16 * KIB,
  pipelinedMs: 30_000,
  /** A response up to this size is copied behind its head, so that both leave in one write. */
  gatheredReplyBytes: 16 * KIB,
  /** Bodies of all requests that have not come in whole yet, or wait while roles change. */
  requestBytesInFlight: 64 * MIB,
  /** A body of which nothing came for so long is given up when others need its room. */
  bodyStalledMs: 1_000,
  /** A client has this long for the head of a request, and for a body that is not taken piece by piece. */
  requestHeadMs: 10_000,
  requestMs: 60_000,
  /** A connection without a request is kept this long: longer than load balancers keep theirs. */
  keepAliveMs: 65_000,
  /** Connections to a host that is not live: it has one short answer for each. */
  standInConnections: 1_024,
  /** A host that is not live asks the arbiter at most so often who is. */
  liveUrlMs: 1_000,
  /** The operator's command when a host has gone live, and what is logged of its output. */
  onGoLiveMs: 30_000,
  onGoLiveLines: 100,
  onGoLiveLineCharacters: 1_000,
  /**
   * Responses that clients have not taken: beyond it connections are reset, first the one that
   * has taken none for the longest time.
   */
  unreadReplyBytes: 64 * MIB,
  /** A connection that takes nothing of its response for so long is ended. */
  replyStalledMs: 30_000,
  /** Between two lines about connections that were reset for that. */
  unreadSaidEveryMs: 10_000,
  /**
   * A refused client may go on sending this much for this long, so that it
   * reads the refusal instead of a reset.
   */
  lingerBytes: 16 * MIB,
  lingerMs: 1_000,

  // Outbound calls of the guest; how many may be open is the kernel's (kernel/limits.ts).
  /** Connections to other servers that are kept for the next call; each one that is open has its own. */
  outboundIdleSockets: 256,
  /** A connection stands within this time, name and TLS included. */
  outboundConnectMs: 10_000,
  /** From the request to the head of its answer, and between two pieces of the body. */
  outboundSilenceMs: 120_000,
  /** An answer that the guest does not read on keeps its connection for so long. */
  outboundUnreadMs: 300_000,
  outboundRedirects: 20,
  outboundHeadBytes: 32 * KIB,
  /** URL and headers of a call; servers take 8 to 32 KiB. */
  outboundRequestHeadBytes: 64 * KIB,
  /** One piece of an answer's body, as the machine is told it: fits the kernel's mailbox. */
  outboundChunkBytes: 32 * KIB,
  /** Codings of one body that are undone, one after the other. */
  outboundCodings: 3,
  /**
   * A call that is made again while the server is still at the first one:
   * asked again that often, for so long.
   */
  outboundConflictEveryMs: 250,
  outboundConflictMs: 10_000,
  /** While the ring to the vCPU is full, inputs that cannot be refused try again that often. */
  inputRetryMs: 5,

  // Clients' WebSockets.
  /** A message of a client's; longer ones end the connection with 1009. */
  socketMessageBytes: 1 * MIB,
  /** Messages of all clients in one turn of the event loop: then heartbeats come in between. */
  socketMessagesAtOnce: 4_096,
  /** And those that the vCPU has not taken yet: some tenths of a second, for which others wait. */
  socketMessagesInRing: 4_096,
  /** What a client has not read of what was sent to it: beyond that its connection is reset. */
  socketUnreadBytes: 8 * MIB,
  /** A client that has not answered the last ping by the time of the next one is gone. */
  socketPingMs: 20_000,

  // The console.
  consoleLineBytes: 1 * MIB,
  /** Places in the bundle that are led back to the user's files, in one line or stack; the rest stay. */
  consoleLinePlaces: 200,
  /** Console lines wait for a full disk this long, and so many of them; then they are dropped. */
  consoleHeldMs: 10_000,
  consoleHeldBytes: 8 * MIB,

  // The supervisor.
  /** From the start of a host process to its first word. */
  hostStartMs: 60_000,
  /** From the request to stop to SIGKILL. */
  hostStopMs: 3_000,
  /** A host's answer to a question about its status or its hash. */
  hostAnswerMs: 2_000,
  /** A comparison of hashes that is asked for while there is no backup in sync waits so long for one. */
  hashWaitsMs: 5_000,
  /**
   * Wait before a new backup replaces one that never came into sync; doubled each time, up to the maximum.
   */
  backupRetryFirstMs: 100,
  backupRetryMaximumMs: 5_000,
  /**
   * New backups lost in a row before the operator is told why; before the
   * pair was ever complete, the run ends.
   */
  backupFailuresAtMost: 5,
  /**
   * A host that was never in sync and whose primary is dead has this long to say that it went live after all.
   */
  orphanGraceMs: 3_000,
  /** How often the files of a run are marked as being in use, for whoever clears away what is old. */
  runDirectoryFreshMs: 3_600_000,
  /** Log lines that the supervisor keeps for `tandem logs`. */
  supervisorLogLines: 1_000,
} as const;
