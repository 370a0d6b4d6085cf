/**
 * Frames of the logging channel to bytes and back (FT §3.2). One frame is one WebSocket message. A frame that
 * has a field this version does not know, a number out of range or a list that is too long is refused by
 * name; only a hello and a refusal are read leniently, so that two versions can tell each other apart.
 */
import { epoch, ordinal, position } from '../base/brands.ts';
import { limits } from '../base/limits.ts';
import { CHAIN_TAG_BYTES, chainTagFromBytes, chainTagToBytes } from '../log/chain.ts';
import type { Frame, HeartbeatFrame } from '../protocol/frames.ts';
import { batchHead, batchOf } from './batch-pieces.ts';
import { countEntries } from './entries.ts';
import { count, DIGEST_BYTES, digestBytes, digestFrom, text, timeMs } from './fields.ts';
import { Reader, tandem } from './protobuf.ts';
import { decoding, malformed, type Result } from './result.ts';

const TEXT = limits.frameTextCharacters;
/** Of a millisecond. */
const TENTHS = 10;
const MACHINE_BYTES_AT_MOST = 4 * 1024 * 1024 * 1024;

/** A fresh array with the whole message; the caller owns it. */
export function encodeFrame(frame: Frame): Uint8Array {
  return tandem.Frame.encode(toMessage(frame)).finish();
}

/** The same message; a large batch is in two pieces, of which the second is the frame's own bytes. */
export function encodeFrameInPieces(frame: Frame): readonly Uint8Array[] {
  const isLarge = frame.kind === 'batch' && frame.bytes.length >= limits.batchPieceBytes;
  if (!isLarge || frame.recordedIn !== frame.epoch) return [encodeFrame(frame)];
  const { epoch, chainTag, bytes } = frame;
  return [batchHead(epoch, chainTagToBytes(chainTag), bytes.length), bytes];
}

/**
 * Of a message that came in one piece or more, wherever it was cut. Byte
 * fields of the frame borrow from them.
 */
export function decodeFramePieces(pieces: readonly Uint8Array[]): Result<Frame> {
  const [first = new Uint8Array(0), second] = pieces;
  if (second === undefined) return decodeFrame(first);
  const isPair = pieces.length === 2 && first.length + second.length <= limits.channelMessageBytes;
  const batch = isPair ? decoding(() => batchOf(first, second)) : undefined;
  if (batch?.ok && batch.value !== undefined) {
    const { value } = batch;
    return decoding(() => fromBatch(value));
  }
  return decodeFrame(Buffer.concat(pieces));
}

/** Byte fields of the frame borrow from `bytes`. */
export function decodeFrame(bytes: Uint8Array): Result<Frame> {
  return decoding(() => {
    if (bytes.length > limits.channelMessageBytes) malformed('LIMIT', `a message of ${bytes.length} bytes`);
    const reader = Reader.create(bytes);
    reader.discardUnknown = false;
    return fromMessage(tandem.Frame.decode(reader));
  });
}

function toMessage(frame: Frame): tandem.Frame.$Properties {
  switch (frame.kind) {
    case 'hello': {
      const { image, bootHash, as, times, ...rest } = frame;
      const spare = as === 'spare' ? { spare: true } : {};
      const digests = { image: digestBytes(image), bootHash: digestBytes(bootHash) };
      return { hello: { ...rest, ...digests, ...times, ...spare } };
    }
    case 'refusal':
      return { refusal: frame };
    case 'registered':
      return { registered: frame };
    case 'welcome':
      return { welcome: frame };
    case 'checkpoint-offer': {
      const { chain, stateHash, ...rest } = frame;
      return {
        checkpointOffer: { ...rest, chain: digestBytes(chain), stateHash: digestBytes(stateHash) },
      };
    }
    case 'pages-wanted':
      return { pagesWanted: { epoch: frame.epoch, indices: [...frame.indices] } };
    case 'pages':
      return { pages: { epoch: frame.epoch, pages: frame.pages.map(pageToMessage) } };
    case 'packed-pages':
      return { packedPages: { epoch: frame.epoch, indices: [...frame.indices], brotli: frame.packed } };
    case 'joined':
      return { joined: { ...frame, stateHash: digestBytes(frame.stateHash) } };
    case 'listed':
      return { listed: frame };
    case 'batch':
      return {
        batch: {
          epoch: frame.epoch,
          chainTag: chainTagToBytes(frame.chainTag),
          entries: frame.bytes,
          ...(frame.recordedIn === frame.epoch ? {} : { recordedIn: frame.recordedIn }),
        },
      };
    case 'ack':
      return { ack: frame };
    case 'heartbeat':
      return { heartbeat: heartbeatToMessage(frame) };
    case 'bye':
      return { bye: frame };
    case 'hand-over':
      return { handOver: frame };
    case 'declined':
      return { declined: frame };
    case 'succeeded':
      return { succeeded: frame };
  }
}

function heartbeatToMessage(frame: HeartbeatFrame): tandem.Heartbeat.$Properties {
  const { epoch, sentMs, echoMs, guestClockMs, releasedOrdinal, printedOrdinal } = frame;
  return {
    epoch,
    sentTenths: Math.round(sentMs * TENTHS),
    echoTenths: Math.round(echoMs * TENTHS),
    ...(guestClockMs === null ? {} : { guestClockMs }),
    releasedOrdinal,
    printedOrdinal,
  };
}

const pageToMessage = (page: {
  readonly index: number;
  readonly bytes: Uint8Array;
}): tandem.Page.$Properties => ({
  index: page.index,
  content: page.bytes,
});

function fromMessage(message: tandem.Frame): Frame {
  known(message);
  if (message.hello) return fromHello(message.hello);
  if (message.refusal) return fromRefusal(message.refusal);
  if (message.registered) return { kind: 'registered', ...fromHost(known(message.registered)) };
  if (message.welcome) return { kind: 'welcome', ...fromHost(known(message.welcome)) };
  if (message.checkpointOffer) return fromCheckpointOffer(known(message.checkpointOffer));
  if (message.pagesWanted) return fromPagesWanted(known(message.pagesWanted));
  if (message.pages) return fromPages(known(message.pages));
  if (message.packedPages) return fromPackedPages(known(message.packedPages));
  if (message.joined) return fromJoined(known(message.joined));
  if (message.listed) return { kind: 'listed', epoch: epochFrom(known(message.listed)) };
  if (message.batch) return fromBatch(known(message.batch));
  if (message.ack) return fromAck(known(message.ack));
  if (message.heartbeat) return fromHeartbeat(known(message.heartbeat));
  if (message.bye) return fromBye(known(message.bye));
  if (message.handOver) return fromHandOver(known(message.handOver));
  if (message.declined) return fromDeclined(known(message.declined));
  if (message.succeeded) return fromSucceeded(known(message.succeeded));
  return malformed('MISSING', 'a frame without a body this version knows');
}

/** Refuses a message with fields that this version does not know. */
function known<T extends { $unknowns?: Uint8Array[] }>(message: T): T {
  if (message.$unknowns !== undefined) malformed('UNKNOWN_FIELD', 'a field this version does not know');
  return message;
}

const epochFrom = (message: { epoch?: number | null }) => epoch(count('epoch', message.epoch ?? 0, 1));
const positionFrom = (name: string, value: number | null | undefined) => position(count(name, value ?? 0));
const ordinalFrom = (name: string, value: number | null | undefined) => ordinal(count(name, value ?? 0));
const bytesFrom = (name: string, value: Uint8Array | null | undefined): Uint8Array =>
  value ?? malformed('MISSING', `${name} is missing`);

function fromHello(hello: tandem.Hello.$Properties): Frame {
  return {
    kind: 'hello',
    protocolVersion: count('protocol_version', hello.protocolVersion ?? 0),
    vm: text('vm', hello.vm ?? '', TEXT),
    image: digestFrom('image', bytesFrom('image', hello.image)),
    architecture: text('architecture', hello.architecture ?? '', TEXT),
    bootHash: digestFrom('boot_hash', bytesFrom('boot_hash', hello.bootHash)),
    incarnation: text('incarnation', hello.incarnation ?? '', TEXT),
    host: text('host', hello.host ?? '', TEXT),
    as: hello.spare ? 'spare' : 'backup',
    times: {
      heartbeatMs: count('heartbeat_ms', hello.heartbeatMs ?? 0),
      suspectMs: count('suspect_ms', hello.suspectMs ?? 0),
    },
  };
}

function fromRefusal(refusal: tandem.Refusal.$Properties): Frame {
  return {
    kind: 'refusal',
    code: text('code', refusal.code ?? '', TEXT),
    message: text('message', refusal.message ?? '', TEXT),
    mend: text('mend', refusal.mend ?? '', TEXT),
  };
}

/** What a welcome and a registration say of the primary. */
function fromHost(message: tandem.Welcome.$Properties | tandem.Registered.$Properties) {
  return {
    epoch: epochFrom(message),
    incarnation: text('incarnation', message.incarnation ?? '', TEXT),
    host: text('host', message.host ?? '', TEXT),
  };
}

function fromCheckpointOffer(offer: tandem.CheckpointOffer.$Properties): Frame {
  const sizeBytes = count('size_bytes', offer.sizeBytes ?? 0, 1, MACHINE_BYTES_AT_MOST);
  const pageBytes = count('page_bytes', offer.pageBytes ?? 0, 1);
  const pageHashes = bytesFrom('page_hashes', offer.pageHashes);
  const pages = Math.ceil(sizeBytes / pageBytes);
  if (pageHashes.length !== pages * DIGEST_BYTES) {
    malformed('RANGE', `${pageHashes.length} bytes of page hashes for ${pages} pages`);
  }
  return {
    kind: 'checkpoint-offer',
    epoch: epochFrom(offer),
    position: positionFrom('position', offer.position),
    chain: digestFrom('chain', bytesFrom('chain', offer.chain)),
    stateHash: digestFrom('state_hash', bytesFrom('state_hash', offer.stateHash)),
    sizeBytes,
    pageBytes,
    pageHashes,
    ordinal: ordinalFrom('ordinal', offer.ordinal),
    guestClockMs: timeMs('guest_clock_ms', offer.guestClockMs ?? 0),
  };
}

function fromPagesWanted(wanted: tandem.PagesWanted.$Properties): Frame {
  return { kind: 'pages-wanted', epoch: epochFrom(wanted), indices: ascending(wanted.indices ?? []) };
}

function ascending(indices: readonly number[]): readonly number[] {
  let previous = -1;
  for (const index of indices) {
    if (index <= previous) malformed('RANGE', `page ${index} comes after page ${previous}`);
    previous = index;
  }
  return indices;
}

function fromPackedPages(pages: tandem.PackedPages.$Properties): Frame {
  const indices = ascending(pages.indices ?? []);
  if (indices.length * limits.pageBytes > limits.pagesMessageBytes) {
    malformed('LIMIT', `${indices.length} pages in one message`);
  }
  return {
    kind: 'packed-pages',
    epoch: epochFrom(pages),
    indices,
    packed: bytesFrom('brotli', pages.brotli),
  };
}

function fromPages(pages: tandem.Pages.$Properties): Frame {
  return {
    kind: 'pages',
    epoch: epochFrom(pages),
    pages: (pages.pages ?? []).map((page) => {
      known(page);
      return { index: page.index ?? 0, bytes: bytesFrom('content', page.content) };
    }),
  };
}

function fromJoined(joined: tandem.Joined.$Properties): Frame {
  return {
    kind: 'joined',
    epoch: epochFrom(joined),
    position: positionFrom('position', joined.position),
    stateHash: digestFrom('state_hash', bytesFrom('state_hash', joined.stateHash)),
  };
}

/** Every entry is decoded once here: what a backup acknowledges, it can execute. */
function fromBatch(batch: tandem.Batch.$Properties): Frame {
  const tag = bytesFrom('chain_tag', batch.chainTag);
  if (tag.length !== CHAIN_TAG_BYTES) malformed('RANGE', `chain_tag has ${tag.length} bytes`);
  const bytes = bytesFrom('entries', batch.entries);
  const entries = countEntries(bytes);
  if (!entries.ok) return malformed(entries.error.code, entries.error.detail);
  if (entries.value === 0) malformed('MISSING', 'a batch without entries');
  const at = epochFrom(batch);
  return {
    kind: 'batch',
    epoch: at,
    recordedIn: epoch(count('recorded_in', batch.recordedIn ?? 0, 0, at) || at),
    chainTag: chainTagFromBytes(tag),
    entryCount: entries.value,
    bytes,
  };
}

function fromAck(ack: tandem.Ack.$Properties): Frame {
  return {
    kind: 'ack',
    epoch: epochFrom(ack),
    received: positionFrom('received', ack.received),
    replayed: positionFrom('replayed', ack.replayed),
  };
}

function fromHeartbeat(heartbeat: tandem.Heartbeat.$Properties): Frame {
  const clock = heartbeat.guestClockMs;
  return {
    kind: 'heartbeat',
    epoch: epochFrom(heartbeat),
    sentMs: count('sent_tenths', heartbeat.sentTenths ?? 0) / TENTHS,
    echoMs: count('echo_tenths', heartbeat.echoTenths ?? 0) / TENTHS,
    guestClockMs: clock === null || clock === undefined ? null : count('guest_clock_ms', clock),
    releasedOrdinal: ordinalFrom('released_ordinal', heartbeat.releasedOrdinal),
    printedOrdinal: ordinalFrom('printed_ordinal', heartbeat.printedOrdinal),
  };
}

function fromBye(bye: tandem.Bye.$Properties): Frame {
  const code = bye.exitCode;
  return {
    kind: 'bye',
    epoch: epochFrom(bye),
    reason: text('reason', bye.reason ?? '', TEXT),
    exitCode: code === null || code === undefined ? null : count('exit_code', code, 0, 255),
  };
}

function fromHandOver(offer: tandem.HandOver.$Properties): Frame {
  return {
    kind: 'hand-over',
    epoch: epochFrom(offer),
    incarnation: text('incarnation', offer.incarnation ?? '', TEXT),
    position: positionFrom('position', offer.position),
    guestClockMs: timeMs('guest_clock_ms', offer.guestClockMs ?? 0),
    releasedOrdinal: ordinalFrom('released_ordinal', offer.releasedOrdinal),
    printedOrdinal: ordinalFrom('printed_ordinal', offer.printedOrdinal),
  };
}

const fromDeclined = (declined: tandem.Declined.$Properties): Frame => ({
  kind: 'declined',
  epoch: epochFrom(declined),
  reason: text('reason', declined.reason ?? '', TEXT),
});

const fromSucceeded = (succeeded: tandem.Succeeded.$Properties): Frame => ({
  kind: 'succeeded',
  epoch: epochFrom(succeeded),
  url: text('url', succeeded.url ?? '', TEXT),
});
