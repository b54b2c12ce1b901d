/**
 * One connection of the downloading side: dials the peer, shows the ticket, and fetches one
 * file after another as main says, see file-fetch.ts.
 *
 * Thread: lives in one transfer thread from dial to close. Owns its socket; decides nothing
 * about which file, which piece, which peer, or bans.
 * Shared: the thread's memory and piece writer, the rate cell, the fd (opened by main).
 *
 *   dialling → greeting → fetching ⇄ idle (no file; main hands in the next one) → ended
 */
import type { Socket } from 'node:net';
import { signChallenge } from '../../net/challenge.js';
import { CancelledError, PeerError, bug, type P2pError, type WireError } from '../../net/errors.js';
import {
  KiB,
  PEER_HANDSHAKE_TIMEOUT_MS,
  PEER_IDLE_TIMEOUT_MS,
  PEER_PING_INTERVAL_MS,
  PEER_PROTOCOL_VERSION,
  RELEASE_DRAIN_MS,
  REPORT_INTERVAL_MS,
} from '../../net/limits.js';
import { encodeFrame, type BlockRange, type PeerFrame } from '../../net/peer-frames.js';
import { SharedRateLimiter } from '../../net/shared-rate-limiter.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { BlockReceiver } from './block-receiver.js';
import { FileFetch, type FileFetchHost } from './file-fetch.js';
import type {
  FileToFetch,
  MainToPeerSession,
  PeerSessionTask,
  PeerSessionToMain,
} from '../messages.js';
import { PipelineGauge } from './pipeline-gauge.js';
import { dialPeer } from './peer-dialer.js';
import { usePieceWriter, type PieceWriter } from './piece-writer.js';
import { useThreadMemory, type ThreadMemory } from '../memory/thread-memory.js';

/** Where bytes go that arrive after the end; nobody reads them. */
const LEFTOVERS = Buffer.allocUnsafeSlow(64 * KiB);

export class PeerSession {
  readonly #task: PeerSessionTask;
  readonly #limiter: SharedRateLimiter;
  readonly #receiver: BlockReceiver;
  readonly #memory: ThreadMemory;
  #writer: PieceWriter | undefined;
  #socket: Socket | undefined;
  #address: PeerAddress | undefined;
  /** The file that is fetched, or whose last requests are not answered yet. */
  #file: FileFetch | undefined;
  #nextFileRef = 0;
  /** The ticket that was shown last. */
  #ticket: Uint8Array;
  /** Set once the peer has opened a file: the connection may be used again. */
  #isProven = false;
  #isWelcome = false;
  readonly #gauge: PipelineGauge;
  /** A peer that is alive pings; silence over several of our pings is the end. */
  #hasReadSincePing = true;
  #silentPings = 0;
  #reporter: NodeJS.Timeout | undefined;
  #pinger: NodeJS.Timeout | undefined;
  /** Runs while the peer owes WELCOME, OPENED, or the last answers on a released file. */
  #owedTimer: NodeJS.Timeout | undefined;
  /** Set while the rate limit keeps this session from reading. */
  #readPause: NodeJS.Timeout | undefined;
  #end: ((error: P2pError | undefined) => void) | undefined;
  #isEnded = false;

  constructor(task: PeerSessionTask) {
    this.#task = task;
    this.#memory = useThreadMemory(task.slotMemoryBytes);
    this.#gauge = new PipelineGauge(task.pipelineBytes, () => performance.now());
    this.#ticket = task.ticket;
    this.#limiter = new SharedRateLimiter(task.rates.down);
    this.#receiver = new BlockReceiver(this.#memory.bytes, {
      place: (head) => this.#place(head),
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
      this.#writer = await usePieceWriter(this.#task.hasher, this.#memory);
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
    this.#startOwedTimer(
      PEER_HANDSHAKE_TIMEOUT_MS,
      'the peer did not finish the handshake in time',
    );
    this.#pinger = setInterval(() => this.#onPingDue(), PEER_PING_INTERVAL_MS);
    if (this.#task.transport === 'tls') this.#greet(new Uint8Array(0), new Uint8Array(0));
  }

  #greet(publicKey: Uint8Array, signature: Uint8Array): void {
    const ticket = this.#ticket;
    this.#send({ type: 'hello', version: PEER_PROTOCOL_VERSION, ticket, publicKey, signature });
    this.#open(this.#task);
  }

  #open(file: FileToFetch): void {
    this.#file = new FileFetch(this.#nextFileRef++, file, this.#hostOfFile());
    this.#gauge.onAsked();
    this.#file.open();
  }

  #onMessage(message: MainToPeerSession): void {
    if (this.#isEnded) return;
    switch (message.type) {
      case 'fetch':
        // The first pieces: nothing is in flight that their answer would have to wait for.
        if (this.#isFetching && this.#file?.isDrained) this.#gauge.onAsked();
        this.#file?.fetch(message.pieces);
        return;
      case 'cancel':
        this.#file?.giveUp(message.pieces);
        return;
      case 'have':
        this.#file?.tellHave(message.pieces);
        return;
      case 'ticket':
        this.#showTicket(message.ticket);
        return;
      case 'release':
        this.#release();
        return;
      case 'open':
        this.#showTicket(message.ticket);
        this.#startOwedTimer(PEER_HANDSHAKE_TIMEOUT_MS, 'the peer did not open the file in time');
        this.#open(message.file);
        return;
      case 'close':
        this.#end?.(undefined);
    }
  }

  #onRead(count: number): boolean {
    if (this.#isEnded) return false;
    this.#gauge.onReceived(count);
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
        if (this.#file || this.#task.transport !== 'tcp') throw unexpected(frame);
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
        this.#onHave(frame);
        return;
      case 'reject':
        this.#requireFile(frame).onReject(frame);
        this.#onAnswered();
        return;
      case 'refused':
        this.#onRefused(frame);
        return;
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
    const file = this.#presentFile(frame);
    if (!file) return;
    const isDue = this.#isWelcome && file.isOpening;
    const bits = isDue ? file.onOpened(frame.bits) : undefined;
    if (!bits) throw unexpected(frame);
    this.#gauge.onAnswered();
    clearTimeout(this.#owedTimer);
    this.#isProven = true;
    if (!this.#reporter) {
      this.#gauge.start();
      this.#reporter = setInterval(() => this.#onReportDue(), REPORT_INTERVAL_MS);
    }
    this.#post({ type: 'ready', bits: bits.bytes, address: this.#address! });
  }

  #onHave(frame: Extract<PeerFrame, { type: 'have' }>): void {
    const file = this.#presentFile(frame);
    if (!file) return;
    if (!file.hasPiece(frame.pieceIndex)) throw unexpected(frame);
    // Only news reaches main: a peer may repeat itself faster than main can listen.
    if (file.onPeerHas(frame.pieceIndex)) this.#post({ type: 'have', pieces: [frame.pieceIndex] });
  }

  /** The peer does not serve this file, or no more; on the connection others may follow. */
  #onRefused(frame: Extract<PeerFrame, { type: 'refused' }>): void {
    const file = this.#presentFile(frame);
    if (!file) return;
    const message = `the peer does not serve this file (${frame.code})`;
    this.#isProven = true;
    this.#letGo(file, { code: frame.code, message });
  }

  #place(head: BlockRange): number | undefined {
    this.#gauge.onAnswered();
    return this.#requireFile(head).place(head);
  }

  #onBlock(block: BlockRange): void {
    this.#requireFile(block).onBlock(block);
    this.#onAnswered();
  }

  /** Main is done with the file; a connection that was never good for one ends. */
  #release(): void {
    const file = this.#file;
    if (!file || !this.#isProven) {
      this.#end?.(undefined);
      return;
    }
    if (file.isReleased) return;
    this.#letGo(file, undefined);
    this.#send({ type: 'close', fileRef: file.fileRef });
  }

  #letGo(file: FileFetch, error: WireError | undefined): void {
    file.release();
    this.#report();
    this.#post({ type: 'released', error });
    this.#startOwedTimer(RELEASE_DRAIN_MS, 'the peer did not answer cancelled requests in time');
    this.#onAnswered();
  }

  /** Idle once the last request on a released file is answered. */
  #onAnswered(): void {
    if (!this.#file?.isReleased || !this.#file.isDrained) return;
    clearTimeout(this.#owedTimer);
    this.#file.close();
    this.#file = undefined;
    this.#post({ type: 'idle' });
  }

  #showTicket(ticket: Uint8Array): void {
    if (Buffer.compare(ticket, this.#ticket) === 0) return;
    this.#ticket = ticket;
    // Before HELLO there is nobody to show it to; HELLO will carry it.
    if (this.#nextFileRef > 0) this.#send({ type: 'ticket', ticket });
  }

  get #isFetching(): boolean {
    return this.#file !== undefined && !this.#file.isOpening && !this.#file.isReleased;
  }

  #startOwedTimer(ms: number, complaint: string): void {
    clearTimeout(this.#owedTimer);
    this.#owedTimer = setTimeout(() => this.#fail(new PeerError('TIMEOUT', complaint)), ms);
  }

  #hostOfFile(): FileFetchHost {
    return {
      slots: this.#memory.slots,
      writer: this.#writer ?? bug('a file is opened before the writer is there'),
      blockLength: this.#task.blockLength,
      pipelineTarget: () => this.#gauge.targetBytes,
      mayRequest: () => !this.#isEnded,
      send: (frame) => this.#send(frame),
      together: (work) => {
        this.#socket?.cork();
        work();
        this.#socket?.uncork();
      },
      post: (message) => this.#post(message),
    };
  }

  #onReportDue(): void {
    this.#gauge.measure();
    this.#report();
  }

  #report(): void {
    const bytes = this.#gauge.takeReceived();
    if (bytes > 0) this.#post({ type: 'received', bytes });
  }

  /** The file that a block or a rejection is about; requests are only made for this one. */
  #requireFile({ fileRef }: { readonly fileRef: number }): FileFetch {
    if (this.#file?.fileRef === fileRef) return this.#file;
    throw new PeerError('PROTOCOL_VIOLATION', 'the peer speaks of an unknown file');
  }

  /**
   * The file that a frame is about which the peer may send at any time; undefined for one that
   * was released before the frame could know.
   */
  #presentFile({ fileRef }: { readonly fileRef: number }): FileFetch | undefined {
    if (fileRef >= this.#nextFileRef) {
      throw new PeerError('PROTOCOL_VIOLATION', 'the peer speaks of an unknown file');
    }
    return this.#file?.fileRef === fileRef && !this.#file.isReleased ? this.#file : undefined;
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
    clearTimeout(this.#owedTimer);
    clearTimeout(this.#readPause);
    this.#socket?.destroy();
    this.#file?.close();
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
