/**
 * Fetches one file after another over one connection, as main says, and reports. The connection itself
 * is peer-link.ts, a file on it is file-fetch.ts.
 *
 * Thread: lives in one transfer thread from dial to close; decides nothing about which file, which
 * piece, which peer, or bans.
 * Shared: the thread's memory and piece writer, the rate cell, the content (opened by main).
 *
 *   dialling → fetching ⇄ idle (no file; main hands in the next one); each of them → ended
 *
 * One without a file, under TLS, is dialled ahead: it stays idle, and says nothing to the peer, until main hands in
 * the first one, or guesses which it will be.
 */
import type { Socket } from 'node:net';
import type { Bitfield } from '../../net/bitfield.js';
import { leaveToWaiters } from '../../net/deferred.js';
import { bug, PeerError, StorageError, toWireError, type WireError } from '../../net/errors.js';
import { laterByTimer } from '../../net/later.js';
import {
  PEER_HANDSHAKE_TIMEOUT_MS,
  RELEASE_DRAIN_MS,
  REPORT_INTERVAL_MS,
} from '../../net/limits.js';
import type { BlockRange, PeerFrame } from '../../net/peer-frames.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { PieceSlots } from '../memory/piece-slots.js';
import { useThreadMemory } from '../memory/thread-memory.js';
import type {
  FileToFetch,
  GuessedFile,
  MainToPeerSession,
  PeerSessionTask,
  PeerSessionToMain,
} from '../messages/peer-session.js';
import { FileFetch, unknownFile, type FileFetchHost } from './file-fetch.js';
import { dialPeer } from '../dialling/peer-dialer.js';
import { meetPeer } from '../dialling/meet-peer.js';
import { WayLimiter } from '../dialling/way-limiter.js';
import { PeerLink, unexpected, type FileFrame } from './peer-link.js';
import { usePieceWriter, type PieceWriter } from './piece-writer.js';
import { PipelineGauge } from './pipeline-gauge.js';

/** How a peer was met that was not dialled. */
type HowMet = Pick<PeerReady, 'way' | 'relayedBy'>;

type PeerReady = Extract<PeerSessionToMain, { type: 'ready' }>;

/** What a session knows once its socket stands. */
interface Connected {
  readonly address: PeerAddress;
  readonly how: HowMet | undefined;
  readonly host: FileFetchHost;
}

/** A connection, and how it came about. */
interface Reached {
  readonly socket: Socket;
  readonly address: PeerAddress;
  readonly how: HowMet | undefined;
}

/** A file is asked for, fetched, or released with answers outstanding. */
interface Fetching {
  readonly at: 'fetching';
  readonly connected: Connected;
  readonly file: FileFetch;
}

type State =
  | { readonly at: 'dialling' }
  | Fetching
  | { readonly at: 'idle'; readonly connected: Connected }
  | { readonly at: 'ended' };

export class PeerSession {
  readonly #task: PeerSessionTask;
  readonly #link: PeerLink;
  readonly #limiter: WayLimiter;
  readonly #gauge: PipelineGauge;
  #state: State = { at: 'dialling' };
  /** Where somebody answered a dial; under TLS with the right key. */
  #dialled: PeerAddress | undefined;
  /** Until that is told. */
  #undialled: readonly PeerAddress[] | undefined;
  #nextFileRef = 0;
  #first: FileToFetch | undefined;
  /** What the first file will likely be, and which pieces of it are requested before that is known. */
  #guess: { readonly file: GuessedFile; readonly pieces: readonly number[] } | undefined;
  /** Pieces of the first file that were ordered before it could be asked for. */
  #early: number[] = [];
  #reporter: NodeJS.Timeout | undefined;

  constructor(task: PeerSessionTask) {
    this.#task = task;
    this.#first = task.first;
    this.#gauge = new PipelineGauge(task.pipelineBytes, () => performance.now());
    const memory = useThreadMemory(task.slotMemoryBytes).bytes;
    const limiter = new WayLimiter(task.rates, 'down');
    limiter.onGroup(task.groupId);
    this.#limiter = limiter;
    this.#link = new PeerLink(
      { ...task, memory, limiter, nowMs: () => performance.now() },
      {
        onBlockBytes: (count) => this.#gauge.onReceived(count),
        onGreeted: () => this.#onGreeted(),
        place: (head) => this.#place(head),
        onBlock: (block) => this.#onBlock(block),
        onFrame: (frame) => this.#onFrame(frame),
      },
    );
  }

  /** Runs the session to its end; every message has been posted when this resolves. */
  async run(): Promise<void> {
    const { port } = this.#task;
    port.on('message', (message: MainToPeerSession) => this.#onMessage(message));
    const dial = new AbortController();
    const connecting = this.#connect(dial.signal);
    // When it fails, the link ends.
    leaveToWaiters(connecting);
    const error = await this.#link.ended;
    dial.abort();
    // Nothing of the session goes on once main has heard of its end.
    await connecting;
    clearInterval(this.#reporter);
    // What is whole is written and told before the end is.
    this.#file?.close();
    this.#report();
    this.#state = { at: 'ended' };
    this.#post({ type: 'ended', error: error && toWireError(error), ...this.#proof() });
    port.close();
  }

  /** Under TLS the key is proven before anything is said, in the clear nobody else says WELCOME. */
  #proof(): { proven?: PeerAddress } {
    const isProven = this.#task.transport === 'tls' || this.#link.wasWelcomed;
    return isProven && this.#dialled ? { proven: this.#dialled } : {};
  }

  async #connect(signal: AbortSignal): Promise<void> {
    try {
      const memory = useThreadMemory(this.#task.slotMemoryBytes);
      const writer = await usePieceWriter(this.#task.hasher, memory);
      const { socket, address, how } = await this.#reach(signal);
      if (how === undefined && this.#task.transport === 'tls')
        this.#post({ type: 'proven', address });
      const host = this.#hostOfFiles(writer, memory.slots);
      const connected = { address, how, host };
      if (this.#state.at === 'dialling') this.#state = { at: 'idle', connected };
      this.#limiter.onConnected(how?.way === 'relayed' ? undefined : address.host);
      if (this.#first || this.#guess) this.#link.start(socket, how !== undefined);
      else this.#link.hold(socket, how !== undefined);
    } catch (error) {
      this.#link.fail(error instanceof StorageError ? this.#shortage(error) : error);
    }
  }

  async #reach(signal: AbortSignal): Promise<Reached> {
    const { met } = this.#task;
    if (met) {
      const { socket, address, ...by } = await meetPeer(met, this.#task, signal);
      return { socket, address, how: { way: met.way, ...by } };
    }
    const { socket, address, undialled } = await dialPeer({
      ...this.#task,
      onread: this.#link.onread,
      onAccepted: (latencyMs) => this.#onAccepted(latencyMs),
      signal,
    });
    this.#dialled = address;
    if (undialled.length > 0) this.#undialled = undialled;
    return { socket, address, how: undefined };
  }

  #onAccepted(latencyMs: number): void {
    this.#gauge.onReached(latencyMs);
    this.#post({ type: 'accepted', latencyMs });
  }

  /** Main hears whose fault it is; the link ends as if the peer could not be reached. */
  #shortage(error: StorageError): PeerError {
    this.#post({ type: 'not-dialled', error: toWireError(error) });
    return new PeerError('PEER_UNREACHABLE', error.message);
  }

  #onGreeted(): void {
    if (this.#first) {
      // It is known by now, and ordered as any other.
      this.#guess = undefined;
      return this.#open(this.#first);
    }
    const { file, pieces } = this.#guess ?? bug('a greeting without a file');
    this.#ask(file, (fetch) => fetch.guess(pieces));
  }

  #open(file: FileToFetch): void {
    const { how } = this.#ask(file, (fetch) => fetch.fetch(this.#early.splice(0)));
    const way = how?.way;
    this.#post({ type: 'asked', latencyMs: this.#gauge.latencyMs, ...(way && { way }) });
  }

  /** Asks the peer for a file, and for the first pieces along with it. */
  #ask(file: FileToFetch | GuessedFile, begin: (fetch: FileFetch) => void): Connected {
    if (this.#state.at !== 'idle') bug(`a file for a session that is ${this.#state.at}`);
    const { connected } = this.#state;
    const fetch = new FileFetch(this.#nextFileRef++, file, connected.host);
    this.#state = { at: 'fetching', connected, file: fetch };
    this.#gauge.onAsked();
    this.#link.inOneWrite(() => {
      fetch.open();
      begin(fetch);
    });
    return connected;
  }

  /** What is to be downloaded is what was guessed: main hears what it would have heard. */
  #onGuessedRight({ file: fetch, connected }: Fetching, file: FileToFetch): void {
    fetch.adopt(file);
    const begun = this.#guess?.pieces;
    this.#post({ type: 'asked', latencyMs: this.#gauge.latencyMs, ...(begun && { begun }) });
    if (fetch.isOpen) this.#tellReady(connected, fetch.peerPieces, begun);
    this.#report();
  }

  #onGuess({ file, pieces, ticket }: Extract<MainToPeerSession, { type: 'guess' }>): void {
    if (this.#first || this.#guess || this.#state.at === 'ended') return;
    this.#guess = { file, pieces };
    this.#link.showTicket(ticket);
    if (this.#state.at === 'idle') this.#link.greet();
  }

  /** Something was asked of the peer of which main does not know whether it is wanted. */
  get #isGuessing(): boolean {
    return this.#first === undefined;
  }

  #openNext(file: FileToFetch): void {
    if (this.#first === undefined) {
      this.#first = file;
      if (this.#state.at === 'fetching') this.#onGuessedRight(this.#state, file);
      else if (this.#state.at === 'idle') this.#link.greet();
      return;
    }
    this.#link.expect(PEER_HANDSHAKE_TIMEOUT_MS, 'the peer did not open the file in time');
    this.#open(file);
  }

  #onMessage(message: MainToPeerSession): void {
    switch (message.type) {
      case 'fetch':
        this.#fetch(message.pieces);
        return;
      case 'cancel':
        this.#giveUp(message.pieces);
        return;
      case 'yield':
        this.#file?.yield(message.pieces);
        return;
      case 'have':
        this.#file?.tellHave(message.pieces);
        return;
      case 'ticket':
        this.#link.showTicket(message.ticket);
        return;
      case 'release':
        this.#release();
        return;
      case 'open':
        // A connection may break while main chooses it; then it hears of the end.
        if (this.#state.at === 'ended') return;
        this.#link.showTicket(message.ticket);
        this.#openNext(message.file);
        return;
      case 'guess':
        this.#onGuess(message);
        return;
      case 'close':
        this.#link.end();
    }
  }

  #fetch(pieces: readonly number[]): void {
    const file = this.#file;
    if (!file && this.#nextFileRef === 0) this.#early.push(...pieces);
    // The first pieces: nothing is in flight that their answer would have to wait for.
    if (file?.isOpen && file.isDrained) this.#gauge.onAsked();
    file?.fetch(pieces);
  }

  #giveUp(pieces: readonly number[]): void {
    this.#file?.giveUp(pieces);
    const returned = this.#early.filter((piece) => pieces.includes(piece));
    this.#early = this.#early.filter((piece) => !pieces.includes(piece));
    if (returned.length > 0) this.#post({ type: 'returned', pieces: returned, rejected: false });
  }

  #onFrame(frame: FileFrame): void {
    switch (frame.type) {
      case 'opened':
        this.#onOpened(frame);
        return;
      case 'have':
        this.#onHave(frame);
        return;
      case 'reject':
        this.#requireFile(frame).onReject(frame, frame.code);
        this.#fetchingToIdle();
        return;
      case 'refused':
        this.#onRefused(frame);
        return;
      default:
        throw unexpected(frame);
    }
  }

  #onOpened(frame: Extract<PeerFrame, { type: 'opened' }>): void {
    const present = this.#present(frame);
    if (!present) return;
    const { file, connected } = present;
    const bits = file.isOpening ? file.onOpened(frame.bits) : undefined;
    if (!bits) throw unexpected(frame);
    this.#gauge.onAnswered();
    this.#link.fulfil();
    if (!this.#reporter) {
      this.#gauge.start();
      this.#reporter = setInterval(() => {
        this.#gauge.measure();
        this.#report();
      }, REPORT_INTERVAL_MS);
    }
    if (!this.#isGuessing) this.#tellReady(connected, bits, this.#guess?.pieces);
  }

  #tellReady(
    { address, how }: Connected,
    bits: Bitfield,
    begun: readonly number[] | undefined,
  ): void {
    const undialled = this.#undialled;
    this.#undialled = undefined;
    this.#guess = undefined;
    const { latencyMs } = this.#gauge;
    this.#post({
      type: 'ready',
      ...{ bits: bits.bytes, address, latencyMs },
      ...how,
      ...(undialled && { undialled }),
      ...(begun && { begun }),
    });
  }

  #onHave(frame: Extract<PeerFrame, { type: 'have' }>): void {
    const file = this.#present(frame)?.file;
    if (!file) return;
    if (!file.hasPiece(frame.pieceIndex)) throw unexpected(frame);
    file.onPeerHas(frame.pieceIndex);
  }

  /** The peer does not serve this file, or no more; on the connection others may follow. */
  #onRefused(frame: Extract<PeerFrame, { type: 'refused' }>): void {
    if (this.#isGuessing) return this.#link.end();
    const message = `the peer does not serve this file (${frame.code})`;
    const present = this.#present(frame);
    if (present) this.#letGo(present.file, { code: frame.code, message });
  }

  #place(head: BlockRange): number | undefined {
    this.#gauge.onAnswered();
    return this.#requireFile(head).place(head);
  }

  #onBlock(block: BlockRange): void {
    this.#requireFile(block).onBlock(block);
    this.#fetchingToIdle();
  }

  /** Main is done with the file; a connection on which no peer ever spoke of one ends. */
  #release(): void {
    const file = this.#file;
    if (!file || (file.fileRef === 0 && file.isOpening)) return this.#link.end();
    if (file.isReleased) return;
    this.#letGo(file, undefined);
    this.#link.send({ type: 'close', fileRef: file.fileRef });
  }

  #letGo(file: FileFetch, error: WireError | undefined): void {
    file.release();
    this.#guess = undefined;
    this.#report();
    this.#post({ type: 'released', error });
    this.#link.expect(RELEASE_DRAIN_MS, 'the peer did not answer cancelled requests in time');
    this.#fetchingToIdle();
  }

  /** As soon as the last request on a released file is answered. */
  #fetchingToIdle(): void {
    if (this.#state.at !== 'fetching') return;
    const { file, connected } = this.#state;
    if (!file.isReleased || !file.isDrained) return;
    this.#link.fulfil();
    file.close();
    this.#state = { at: 'idle', connected };
    this.#post({ type: 'idle' });
  }

  #hostOfFiles(writer: PieceWriter, slots: PieceSlots): FileFetchHost {
    const link = this.#link;
    return {
      slots,
      writer,
      later: laterByTimer,
      blockLength: this.#task.blockLength,
      pipelineTarget: () => this.#gauge.targetBytes,
      limits: () => link.limits,
      send: (frame) => link.send(frame),
      inOneWrite: (work) => link.inOneWrite(work),
      post: (message) => this.#post(message),
    };
  }

  #report(): void {
    if (this.#isGuessing) return;
    const bytes = this.#gauge.takeReceived();
    if (bytes > 0) this.#post({ type: 'received', bytes });
  }

  get #file(): FileFetch | undefined {
    return this.#state.at === 'fetching' ? this.#state.file : undefined;
  }

  /** The file that a block or a rejection is about; requests are only made for this one. */
  #requireFile({ fileRef }: { readonly fileRef: number }): FileFetch {
    return this.#file?.fileRef === fileRef ? this.#file : unknownFile();
  }

  /**
   * The file that a frame is about which the peer may send at any time; undefined for one that
   * was released before the frame could know.
   */
  #present({ fileRef }: { readonly fileRef: number }): Fetching | undefined {
    if (fileRef >= this.#nextFileRef) unknownFile();
    if (this.#state.at !== 'fetching') return undefined;
    const { file } = this.#state;
    return file.fileRef === fileRef && !file.isReleased ? this.#state : undefined;
  }

  #post(message: PeerSessionToMain): void {
    this.#task.port.postMessage(message);
  }
}
