/**
 * One peer session of a download: dials the peer, shows the ticket, opens the file, requests
 * blocks of the pieces that main hands it, and reports what became of them.
 *
 * Thread: lives in one transfer thread from dial to close. Owns its socket, its slots and the
 * byte ranges of its pieces; decides nothing about which piece, which peer, or bans.
 * Shared: the thread's memory and piece writer, the rate cell, the fd (opened by main).
 *
 *   dialling → greeting → ready → ended
 */
import type { Socket } from 'node:net';
import { CancelledError, PeerError, type P2pError } from '../net/errors.js';
import { SHA1_BYTES } from '../net/description.js';
import {
  INITIAL_PIPELINE_BYTES,
  KiB,
  MAX_REQUESTS_IN_FLIGHT,
  PEER_HANDSHAKE_TIMEOUT_MS,
  PEER_IDLE_TIMEOUT_MS,
  PEER_PING_INTERVAL_MS,
  PEER_PROTOCOL_VERSION,
  PIPELINE_TIME_MS,
  REPORT_INTERVAL_MS,
} from '../net/limits.js';
import { Bitfield } from '../net/bitfield.js';
import { signChallenge } from '../net/challenge.js';
import { encodeFrame, type PeerFrame } from '../net/peer-frames.js';
import { isPieceIndex, pieceLayout, pieceOffset, type PieceLayout } from '../net/piece-layout.js';
import { SharedRateLimiter } from '../net/shared-rate-limiter.js';
import type { PeerAddress } from '../net/tracker-api.js';
import { BlockReceiver } from './block-receiver.js';
import type { MainToPeerSession, PeerSessionTask, PeerSessionToMain } from './messages.js';
import { dialPeer } from './peer-dialer.js';
import type { PieceResult, PieceWriter } from './piece-writer.js';
import { RequestPipeline, type Block } from './request-pipeline.js';
import { usePieceWriter, useThreadMemory } from './thread-memory.js';

/** The one file of this session; the protocol allows several. */
const FILE_REF = 0;

/** Where bytes go that arrive after the end; nobody reads them. */
const LEFTOVERS = Buffer.allocUnsafeSlow(64 * KiB);

export class PeerSession {
  readonly #task: PeerSessionTask;
  readonly #layout: PieceLayout;
  readonly #hashes: Uint8Array;
  readonly #limiter: SharedRateLimiter;
  readonly #receiver: BlockReceiver;
  readonly #pipeline: RequestPipeline;
  readonly #memory = useThreadMemory();
  readonly #requestMore = (): void => this.#request();
  /** What the peer says it has, as far as main was told. */
  #peerPieces: Bitfield;
  #writer: PieceWriter | undefined;
  #socket: Socket | undefined;
  #address: PeerAddress | undefined;
  #isWelcome = false;
  #isReady = false;
  #isChoked = false;
  #receivedBytes = 0;
  /** A peer that is alive pings; silence over several of our pings is the end. */
  #hasReadSincePing = true;
  #silentPings = 0;
  #bytesPerReport = 0;
  #reporter: NodeJS.Timeout | undefined;
  #pinger: NodeJS.Timeout | undefined;
  #greetingTimer: NodeJS.Timeout | undefined;
  /** Set while the rate limit keeps this session from reading. */
  #readPause: NodeJS.Timeout | undefined;
  /** Pieces handed to the writer and not reported yet. */
  #writing = 0;
  #verified: number[] = [];
  #end: ((error: P2pError | undefined) => void) | undefined;
  #isEnded = false;

  constructor(task: PeerSessionTask) {
    this.#task = task;
    const layout = pieceLayout(task.size, task.pieceLength);
    if (!layout) throw new Error('bug: session for a file with an impossible layout');
    this.#layout = layout;
    this.#peerPieces = new Bitfield(layout.pieceCount);
    this.#hashes = new Uint8Array(task.pieceHashes);
    this.#limiter = new SharedRateLimiter(task.rates.down);
    this.#pipeline = new RequestPipeline(layout, this.#memory.slots, task.blockLength);
    this.#receiver = new BlockReceiver(this.#memory.bytes, {
      place: (head) => this.#pipeline.place(this.#requireOurFile(head)),
      onBlock: (head) => this.#onBlock(head),
      onFrame: (frame) => this.#onFrame(frame),
    });
  }

  /** Runs the session to its end; every message has been posted when this resolves. */
  async run(): Promise<void> {
    const ended = new Promise<P2pError | undefined>((resolve) => {
      this.#end = (error) => {
        this.#isEnded = true;
        resolve(error);
      };
    });
    this.#task.port.on('message', (message: MainToPeerSession) => this.#onMessage(message));
    void this.#connect();
    const error = await ended;
    this.#close();
    this.#post({ type: 'ended', error: error && { code: error.code, message: error.message } });
    this.#task.port.close();
  }

  async #connect(): Promise<void> {
    try {
      this.#writer = await usePieceWriter(this.#task.hasher);
      const { socket, address } = await dialPeer({
        ...this.#task,
        onread: {
          // A broken stream is read no further, but TLS hands out what it has decrypted already,
          // and would never come back from a buffer without room.
          buffer: () => (this.#isEnded ? LEFTOVERS : this.#receiver.nextBuffer()),
          callback: (count) => this.#onRead(count),
        },
      });
      if (this.#isEnded) {
        socket.destroy();
        return;
      }
      this.#address = address;
      this.#onConnected(socket);
    } catch (error) {
      this.#fail(error);
    }
  }

  #onConnected(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', (cause) => {
      this.#fail(
        new PeerError('CONNECTION_LOST', `the connection to the peer broke: ${cause.message}`),
      );
    });
    socket.on('close', () =>
      this.#fail(new PeerError('CONNECTION_LOST', 'the peer closed the connection')),
    );
    this.#greetingTimer = setTimeout(() => {
      this.#fail(new PeerError('TIMEOUT', 'the peer did not finish the handshake in time'));
    }, PEER_HANDSHAKE_TIMEOUT_MS);
    this.#pinger = setInterval(() => this.#onPingDue(), PEER_PING_INTERVAL_MS);
    if (this.#task.transport === 'tls') this.#greet(new Uint8Array(0), new Uint8Array(0));
  }

  #greet(publicKey: Uint8Array, signature: Uint8Array): void {
    const { ticket, fileId } = this.#task;
    this.#send({ type: 'hello', version: PEER_PROTOCOL_VERSION, ticket, publicKey, signature });
    this.#send({ type: 'open', fileRef: FILE_REF, fileId });
  }

  #onMessage(message: MainToPeerSession): void {
    if (this.#isEnded) return;
    switch (message.type) {
      case 'fetch':
        this.#pipeline.enqueue(message.pieces);
        this.#request();
        return;
      case 'cancel':
        this.#giveUp(message.pieces);
        return;
      case 'have':
        if (!this.#isReady) return;
        for (const pieceIndex of message.pieces) {
          this.#send({ type: 'have', fileRef: FILE_REF, pieceIndex });
        }
        return;
      case 'ticket':
        this.#send({ type: 'ticket', ticket: message.ticket });
        return;
      case 'close':
        this.#end?.(undefined);
    }
  }

  #onRead(count: number): boolean {
    if (this.#isEnded) return false;
    this.#receivedBytes += count;
    this.#hasReadSincePing = true;
    try {
      this.#receiver.onRead(count);
    } catch (error) {
      this.#fail(error);
      return false;
    }
    const waitMs = this.#limiter.isLimited ? this.#limiter.reserve(count) : 0;
    if (waitMs > 0) this.#pauseReading(waitMs);
    return this.#readPause === undefined;
  }

  /**
   * Reads on when everything reserved so far is paid for. TLS goes on handing out what it has
   * decrypted already, so a pause is prolonged, and there is only ever one.
   */
  #pauseReading(waitMs: number): void {
    clearTimeout(this.#readPause);
    this.#readPause = setTimeout(() => {
      this.#readPause = undefined;
      this.#socket?.resume();
    }, waitMs);
  }

  #onPingDue(): void {
    this.#silentPings = this.#hasReadSincePing ? 0 : this.#silentPings + 1;
    this.#hasReadSincePing = false;
    if (this.#silentPings * PEER_PING_INTERVAL_MS >= PEER_IDLE_TIMEOUT_MS) {
      this.#fail(new PeerError('TIMEOUT', 'the peer has not sent anything for too long'));
      return;
    }
    this.#send({ type: 'ping' });
  }

  #onFrame(frame: PeerFrame): void {
    switch (frame.type) {
      case 'challenge': {
        if (this.#isReady || this.#task.transport !== 'tcp') throw unexpected(frame);
        const { publicKey, signature } = signChallenge(
          this.#task.credentials,
          frame.nonce,
          this.#task.peerDeviceId,
        );
        this.#greet(publicKey, signature);
        return;
      }
      case 'welcome':
        this.#onWelcome(frame.version);
        return;
      case 'opened':
        this.#onOpened(frame);
        return;
      case 'have':
        if (!isPieceIndex(this.#layout, this.#requireOurFile(frame).pieceIndex))
          throw unexpected(frame);
        // Only news reaches main: a peer may repeat itself faster than main can listen.
        if (this.#peerPieces.add(frame.pieceIndex))
          this.#post({ type: 'have', pieces: [frame.pieceIndex] });
        return;
      case 'reject':
        if (this.#pipeline.onReject(this.#requireOurFile(frame))) {
          this.#peerPieces.remove(frame.pieceIndex);
          this.#post({ type: 'returned', pieces: [frame.pieceIndex], rejected: true });
        }
        this.#request();
        return;
      case 'choke':
        this.#isChoked = true;
        this.#post({ type: 'choked' });
        return;
      case 'unchoke':
        this.#isChoked = false;
        this.#post({ type: 'unchoked' });
        this.#request();
        return;
      case 'refused':
        throw new PeerError(frame.code, `the peer does not serve this file (${frame.code})`);
      case 'error':
        throw new PeerError(
          frame.code,
          `the peer ended the connection (${frame.code}): ${frame.message}`,
        );
      case 'ping':
        return;
      default:
        throw unexpected(frame);
    }
  }

  #onWelcome(version: number): void {
    if (version !== PEER_PROTOCOL_VERSION) {
      throw new PeerError(
        'UNSUPPORTED_VERSION',
        `the peer speaks version ${version} of the protocol`,
      );
    }
    this.#isWelcome = true;
    this.#receiver.onHandshakeDone();
  }

  #onOpened(frame: Extract<PeerFrame, { type: 'opened' }>): void {
    const bits = Bitfield.from(frame.bits, this.#layout.pieceCount);
    if (!this.#isWelcome || this.#isReady || !bits || frame.fileRef !== FILE_REF) {
      throw unexpected(frame);
    }
    clearTimeout(this.#greetingTimer);
    this.#peerPieces = bits;
    this.#isReady = true;
    this.#reporter = setInterval(() => this.#report(), REPORT_INTERVAL_MS);
    this.#post({ type: 'ready', bits: bits.bytes, address: this.#address! });
  }

  /** Keeps the pipeline as full as the peer's measured rate asks for. */
  #request(): void {
    if (!this.#isReady || this.#isChoked || this.#isEnded) return;
    this.#socket?.cork();
    const target = this.#pipelineTarget();
    while (
      this.#pipeline.inFlightBytes < target &&
      this.#pipeline.inFlightCount < MAX_REQUESTS_IN_FLIGHT
    ) {
      const block = this.#pipeline.next();
      if (block === 'no-slot') this.#memory.slots.whenFree(this.#requestMore);
      if (typeof block === 'string') break;
      this.#send({ type: 'request', fileRef: FILE_REF, ...block });
    }
    this.#socket?.uncork();
  }

  #pipelineTarget(): number {
    const byRate = this.#bytesPerReport * (PIPELINE_TIME_MS / REPORT_INTERVAL_MS);
    return Math.max(INITIAL_PIPELINE_BYTES, byRate);
  }

  #onBlock(block: Block): void {
    const slot = this.#pipeline.onBlock(block);
    if (slot) {
      const { pieceIndex } = block;
      this.#writing++;
      this.#writer!.submit({
        slot,
        fd: this.#task.fd,
        fileOffset: pieceOffset(this.#layout, pieceIndex),
        sha1: this.#hashes.subarray(pieceIndex * SHA1_BYTES, (pieceIndex + 1) * SHA1_BYTES),
        onDone: (result) => this.#onPieceDone(pieceIndex, result),
      });
    }
    this.#request();
  }

  #onPieceDone(pieceIndex: number, result: PieceResult): void {
    this.#writing--;
    switch (result.type) {
      case 'written':
        if (this.#verified.length === 0) queueMicrotask(() => this.#reportVerified());
        this.#verified.push(pieceIndex);
        return;
      case 'mismatch':
        this.#post({ type: 'bad', piece: pieceIndex });
        return;
      case 'storage-failed':
        this.#post(result);
    }
  }

  #reportVerified(): void {
    if (this.#verified.length === 0) return;
    this.#post({ type: 'verified', pieces: this.#verified });
    this.#verified = [];
  }

  #giveUp(pieces: readonly number[]): void {
    const { returned, cancelled } = this.#pipeline.giveUp(pieces);
    for (const block of cancelled) this.#send({ type: 'cancel', fileRef: FILE_REF, ...block });
    if (returned.length > 0) this.#post({ type: 'returned', pieces: returned, rejected: false });
    this.#request();
  }

  #report(): void {
    this.#bytesPerReport = this.#receivedBytes;
    this.#receivedBytes = 0;
    if (this.#bytesPerReport > 0) this.#post({ type: 'received', bytes: this.#bytesPerReport });
  }

  #requireOurFile<T extends { readonly fileRef: number }>(frame: T): T {
    if (frame.fileRef !== FILE_REF)
      throw new PeerError('PROTOCOL_VIOLATION', 'the peer speaks of an unknown file');
    return frame;
  }

  #send(frame: PeerFrame): void {
    if (this.#socket && !this.#socket.destroyed) this.#socket.write(encodeFrame(frame));
  }

  #post(message: PeerSessionToMain): void {
    this.#task.port.postMessage(message);
  }

  #fail(error: unknown): void {
    if (this.#isEnded) return;
    this.#end?.(
      error instanceof PeerError || error instanceof CancelledError ? error : unforeseen(error),
    );
  }

  /** Order: no more bytes in, finish what is whole, release memory, report. */
  #close(): void {
    for (const timer of [this.#reporter, this.#pinger]) clearInterval(timer);
    clearTimeout(this.#greetingTimer);
    clearTimeout(this.#readPause);
    this.#socket?.destroy();
    this.#memory.slots.forget(this.#requestMore);
    if (this.#writing > 0) this.#writer?.flush();
    this.#pipeline.close();
    this.#reportVerified();
    this.#report();
  }
}

function unexpected(frame: PeerFrame): PeerError {
  return new PeerError(
    'PROTOCOL_VIOLATION',
    `the peer sent a ${frame.type} frame that does not belong there`,
  );
}

/** Anything but a PeerError is our own mistake: let it crash the thread, loudly. */
function unforeseen(error: unknown): never {
  throw error;
}
