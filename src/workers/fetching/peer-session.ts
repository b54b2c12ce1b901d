/**
 * Fetches one file after another over one connection, as main says, and reports. The connection itself
 * is peer-link.ts, a file on it is file-fetch.ts.
 *
 * Thread: lives in one transfer thread from dial to close; decides nothing about which file, which
 * piece, which peer, or bans.
 * Shared: the thread's memory and piece writer, the rate cell, the content (opened by main).
 *
 *   dialling → fetching ⇄ idle (no file; main hands in the next one); each of them → ended
 *   idle → asking (what a name stands for) → fetching (what the peer says that it is) | idle (it has no such file)
 *
 * One without a file, under TLS, is dialled ahead: it stays idle, and says nothing to the peer, until main hands in
 * the first one, guesses which it will be, or knows its name.
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
  NameQuestion,
  PeerSessionTask,
  PeerSessionToMain,
} from '../messages/peer-session.js';
import { FileFetch, unknownFile, type FileFetchHost } from './file-fetch.js';
import { WayLimiter } from '../dialling/way-limiter.js';
import { understandsFind } from '../../net/tls-identity.js';
import { EARLY_LIMITS } from './peer-limits.js';
import { PeerLink, unexpected, type FileFrame } from './peer-link.js';
import { usePieceWriter, type PieceWriter } from './piece-writer.js';
import type { Connected, Fetching, SessionState } from './peer-session-state.js';
import { reachPeer, type Reached } from './reach-peer.js';
import { PipelineGauge } from './pipeline-gauge.js';

export class PeerSession {
  readonly #task: PeerSessionTask;
  readonly #link: PeerLink;
  readonly #limiter: WayLimiter;
  readonly #gauge: PipelineGauge;
  #state: SessionState = { at: 'dialling' };
  /** Where somebody answered a dial; under TLS with the right key. */
  #dialled: PeerAddress | undefined;
  /** Until that is told. */
  #undialled: readonly PeerAddress[] | undefined;
  #socket: Socket | undefined;
  #nextFileRef = 0;
  #first: FileToFetch | undefined;
  /** What the first file will likely be, and which pieces of it are requested before that is known. */
  #guess: { readonly file: GuessedFile; readonly pieces: readonly number[] } | undefined;
  /** The name of the first file, until the peer is known to understand no such question, or has answered. */
  #question: NameQuestion | undefined;
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
      this.#socket = socket;
      this.#limiter.onConnected(how?.way === 'relayed' ? undefined : address.host);
      if (this.#question && !understandsFind(socket)) this.#dropQuestion();
      if (this.#first || this.#guess || this.#question) this.#link.start(socket, how !== undefined);
      else this.#link.hold(socket, how !== undefined);
    } catch (error) {
      this.#link.fail(error instanceof StorageError ? this.#shortage(error) : error);
    }
  }

  async #reach(signal: AbortSignal): Promise<Reached> {
    const { onread } = this.#link;
    const onAccepted = (latencyMs: number): void => {
      this.#gauge.onReached(latencyMs);
      this.#post({ type: 'accepted', latencyMs });
    };
    const reached = await reachPeer(this.#task, { onread, onAccepted, signal });
    if (reached.how === undefined) this.#dialled = reached.address;
    if (reached.undialled.length > 0) this.#undialled = reached.undialled;
    return reached;
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
    if (this.#question) return this.#find(this.#question);
    const { file, pieces } = this.#guess ?? bug('a greeting without a file');
    this.#ask(file, (fetch) => fetch.guess(pieces));
  }

  #open(file: FileToFetch): void {
    const { how } = this.#ask(file, (fetch) => fetch.fetch(this.#early.splice(0)));
    const { latencyMs } = this.#gauge;
    this.#post({ type: 'asked', latencyMs, ...(how?.way && { way: how.way }) });
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

  #find(question: NameQuestion): void {
    if (this.#state.at !== 'idle') bug(`a question for a session that is ${this.#state.at}`);
    const fileRef = this.#nextFileRef++;
    this.#state = { at: 'asking', connected: this.#state.connected, fileRef };
    this.#gauge.onAsked();
    const length = Math.min(this.#task.blockLength, EARLY_LIMITS.maxBlockLength);
    this.#link.send({ type: 'find', fileRef, length, ...question });
  }

  /** @throws PeerError PROTOCOL_VIOLATION for an answer that cannot be */
  #onFound(frame: Extract<PeerFrame, { type: 'found' }>): void {
    const { fileRef, fileId, layout, promised, bits } = frame;
    if (this.#state.at !== 'asking' || fileRef !== this.#state.fileRef) throw unexpected(frame);
    const { connected } = this.#state;
    const file = new FileFetch(fileRef, { fileId, layout }, connected.host);
    const fetching = { at: 'fetching', connected, file } as const;
    this.#state = fetching;
    if (!file.onFound(bits, promised)) throw unexpected(frame);
    const pieces = file.guessedPieces;
    this.#guess = { file: { fileId, layout }, pieces };
    this.#onAnswered();
    if (pieces.length > 0) this.#post({ type: 'found' });
    if (this.#first) this.#onGuessedRight(fetching, this.#first);
  }

  /** The peer has no file of that name: it may have the one that main wants, and is asked as any other. */
  #askingToIdle(connected: Connected): void {
    this.#state = { at: 'idle', connected };
    this.#link.fulfil();
    this.#dropQuestion();
    if (this.#first) this.#openLater(this.#first);
  }

  /** Main hears that the connection is not for that name alone. */
  #dropQuestion(): void {
    this.#question = undefined;
    this.#post({ type: 'unasked' });
  }

  /**
   * What is to be downloaded is what was guessed: main hears what it would have heard. The link ends when the peer
   * had named something else.
   */
  #onGuessedRight({ file: fetch, connected }: Fetching, file: FileToFetch): void {
    if (!fetch.isOf(file)) {
      const complaint = 'the peer has another file of this name than the tracker knows';
      return this.#link.fail(new PeerError('PIECE_MISMATCH', complaint));
    }
    fetch.adopt(file);
    const begun = this.#guess?.pieces;
    this.#post({ type: 'asked', latencyMs: this.#gauge.latencyMs, ...(begun && { begun }) });
    if (fetch.isOpen) this.#tellReady(connected, fetch.peerPieces, begun);
    this.#report();
  }

  #onGuess({ file, pieces, ticket }: Extract<MainToPeerSession, { type: 'guess' }>): void {
    if (!this.#isUntouched) return;
    this.#guess = { file, pieces };
    this.#greetFor(ticket);
  }

  #onQuestion({ question, ticket }: Extract<MainToPeerSession, { type: 'find' }>): void {
    if (!this.#isUntouched) return;
    this.#question = question;
    if (this.#socket && !understandsFind(this.#socket)) return this.#dropQuestion();
    this.#greetFor(ticket);
  }

  /** Nothing was asked of the peer, or is to be. */
  get #isUntouched(): boolean {
    return !this.#first && !this.#guess && !this.#question && this.#state.at !== 'ended';
  }

  #greetFor(ticket: Uint8Array): void {
    this.#link.showTicket(ticket);
    if (this.#state.at === 'idle') this.#link.greet();
  }

  /** Something was asked of the peer of which main does not know whether it is wanted. */
  get #isGuessing(): boolean {
    return this.#first === undefined;
  }

  #openNext(file: FileToFetch): void {
    if (!this.#isGuessing) return this.#openLater(file);
    this.#first = file;
    if (this.#state.at === 'fetching') this.#onGuessedRight(this.#state, file);
    else if (this.#state.at === 'idle' && this.#nextFileRef === 0) this.#link.greet();
    else if (this.#state.at === 'idle') this.#openLater(file);
  }

  /** On a connection that was greeted for something else. */
  #openLater(file: FileToFetch): void {
    this.#link.expect(PEER_HANDSHAKE_TIMEOUT_MS, 'the peer did not open the file in time');
    this.#open(file);
  }

  #onMessage(message: MainToPeerSession): void {
    switch (message.type) {
      case 'fetch':
        return this.#fetch(message.pieces);
      case 'cancel':
        return this.#giveUp(message.pieces);
      case 'yield':
        return this.#file?.yield(message.pieces);
      case 'have':
        return this.#file?.tellHave(message.pieces);
      case 'ticket':
        return this.#link.showTicket(message.ticket);
      case 'release':
        return this.#release();
      case 'open':
        // A connection may break while main chooses it; then it hears of the end.
        if (this.#state.at === 'ended') return;
        this.#link.showTicket(message.ticket);
        return this.#openNext(message.file);
      case 'guess':
        return this.#onGuess(message);
      case 'find':
        return this.#onQuestion(message);
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
        return this.#onOpened(frame);
      case 'found':
        return this.#onFound(frame);
      case 'have':
        return this.#onHave(frame);
      case 'reject':
        this.#requireFile(frame).onReject(frame, frame.code);
        this.#fetchingToIdle();
        return;
      case 'refused':
        return this.#onRefused(frame);
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
    this.#onAnswered();
    if (!this.#isGuessing) this.#tellReady(connected, bits, this.#guess?.pieces);
  }

  /** The peer has opened a file. */
  #onAnswered(): void {
    this.#gauge.onAnswered();
    this.#link.fulfil();
    if (this.#reporter) return;
    this.#gauge.start();
    this.#reporter = setInterval(() => {
      this.#gauge.measure();
      this.#report();
    }, REPORT_INTERVAL_MS);
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
    const state = this.#state;
    if (state.at === 'asking' && frame.fileRef === state.fileRef)
      return this.#askingToIdle(state.connected);
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
    const { blockLength } = this.#task;
    return {
      ...{ slots, writer, later: laterByTimer, blockLength },
      pipelineTarget: () => this.#gauge.targetBytes,
      limits: () => this.#link.limits,
      send: (frame) => this.#link.send(frame),
      inOneWrite: (work) => this.#link.inOneWrite(work),
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
