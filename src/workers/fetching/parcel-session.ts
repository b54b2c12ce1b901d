/**
 * Fetches small files over one connection, many at a time: opens as many as the peer allows, asks for
 * each as soon as it is open, checks it, makes it whole under its final name, and tells what became of
 * it. Main is asked nothing meanwhile. What does not go smoothly is left to main, which goes the
 * ordinary way then (peer-session.ts): so nothing here tries twice.
 *
 * Thread: lives in one transfer thread from dial to close; decides nothing about which file or peer.
 * Shared: the thread's memory and piece writer, the rate cell.
 *
 *   a file: waiting → opening → fetching → writing → told (placed, or not)
 */
import { Bitfield } from '../../net/bitfield.js';
import { leaveToWaiters } from '../../net/deferred.js';
import { PeerError, StorageError, toWireError } from '../../net/errors.js';
import { laterByTimer } from '../../net/later.js';
import {
  MAX_FILES_PER_SESSION,
  MAX_OPENS_PER_SECOND,
  MAX_PARCEL_BYTES_OPEN,
  PARCEL_SILENCE_MS,
  REPORT_INTERVAL_MS,
} from '../../net/limits.js';
import type { BlockRange } from '../../net/peer-frames.js';
import { Silence } from '../../net/silence.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { NewFile } from '../disk/new-file.js';
import type { PieceSlots } from '../memory/piece-slots.js';
import { useThreadMemory } from '../memory/thread-memory.js';
import type { MainToParcel, ParcelFile, ParcelTask, ParcelToMain } from '../messages/parcel.js';
import { FileFinisher } from './file-finisher.js';
import { OpenPace } from './open-pace.js';
import { dialPeer } from '../dialling/peer-dialer.js';
import { WayLimiter } from '../dialling/way-limiter.js';
import { PeerLink, unexpected, type FileFrame } from './peer-link.js';
import { unknownFile } from './file-fetch.js';
import { usePieceWriter, type PieceWriter } from './piece-writer.js';
import { RequestPipeline } from './request-pipeline.js';

/** A file that the peer was asked for, by its number on the connection. */
interface OpenFile {
  readonly file: ParcelFile;
  readonly pipeline: RequestPipeline;
  isOpened: boolean;
  /** Main was told that it comes to nothing; what still comes of it is dropped. */
  isOver: boolean;
}

/** What a session has once its socket stands. */
interface Ready {
  readonly writer: PieceWriter;
  readonly slots: PieceSlots;
  readonly address: PeerAddress;
  readonly undialled: readonly PeerAddress[];
}

export class ParcelSession {
  readonly #task: ParcelTask;
  readonly #link: PeerLink;
  readonly #limiter: WayLimiter;
  readonly #finisher: FileFinisher;
  readonly #pace = new OpenPace(MAX_OPENS_PER_SECOND, () => performance.now());
  readonly #open = new Map<number, OpenFile>();
  readonly #more = (): void => this.#askMore();
  #waiting: ParcelFile[] = [];
  #ready: Ready | undefined;
  #isGreeted = false;
  #isClosing = false;
  #nextFileRef = 0;
  #openBytes = 0;
  /** Handed to the writer and not answered. */
  #writing = 0;
  #received = 0;
  readonly #silence = new Silence(performance.now());
  #isProofTold = false;
  #pausing: NodeJS.Timeout | undefined;
  #whenFinished: (() => void) | undefined;

  constructor(task: ParcelTask) {
    this.#task = task;
    this.#waiting = [...task.files];
    const memory = useThreadMemory(task.slotMemoryBytes).bytes;
    const limiter = new WayLimiter(task.rates, 'down');
    limiter.onGroup(task.groupId);
    this.#limiter = limiter;
    this.#link = new PeerLink(
      { ...task, memory, limiter, nowMs: () => performance.now() },
      {
        onBlockBytes: (count) => this.#onBytes(count),
        onGreeted: () => this.#onGreeted(),
        place: (head) => this.#require(head).pipeline.place(head),
        onBlock: (block) => this.#onBlock(block),
        onFrame: (frame) => this.#onFrame(frame),
      },
    );
    this.#finisher = new FileFinisher({
      isSynced: task.isSynced,
      syncsAtATime: task.syncsAtATime,
      later: laterByTimer,
      tell: (results) => this.#post({ type: 'results', results }),
      onIdle: () => this.#whenFinished?.(),
    });
  }

  /** Runs the session to its end; every message has been posted when this resolves. */
  async run(): Promise<void> {
    const { port } = this.#task;
    port.on('message', (message: MainToParcel) => this.#onMessage(message));
    const dial = new AbortController();
    const connecting = this.#connect(dial.signal);
    // When it fails, the link ends.
    leaveToWaiters(connecting);
    const reporter = setInterval(() => this.#onReportDue(), REPORT_INTERVAL_MS);
    const error = await this.#link.ended;
    dial.abort();
    await connecting;
    clearInterval(reporter);
    clearTimeout(this.#pausing);
    await this.#finish();
    this.#post({ type: 'ended', error: error && toWireError(error), ...this.#proof() });
    port.close();
  }

  /** Under TLS the key is proven before anything is said, in the clear nobody else says WELCOME. */
  #proof(): { proven?: PeerAddress } {
    const isProven = this.#task.transport === 'tls' || this.#link.wasWelcomed;
    return isProven && this.#ready ? { proven: this.#ready.address } : {};
  }

  async #connect(signal: AbortSignal): Promise<void> {
    try {
      const memory = useThreadMemory(this.#task.slotMemoryBytes);
      const writer = await usePieceWriter(this.#task.hasher, memory);
      const { onread } = this.#link;
      const { socket, address, undialled } = await dialPeer({ ...this.#task, onread, signal });
      this.#ready = { writer, slots: memory.slots, address, undialled };
      this.#limiter.onConnected(address.host);
      this.#link.start(socket);
    } catch (error) {
      this.#link.fail(asUnreachable(error));
    }
  }

  /** What is whole is written and told before the end is; the rest main has to fetch otherwise. */
  async #finish(): Promise<void> {
    this.#isClosing = true;
    this.#ready?.slots.forget(this.#more);
    if (this.#writing > 0) this.#ready?.writer.flush();
    for (const one of this.#open.values()) {
      one.pipeline.close();
      this.#giveUp(one);
    }
    this.#open.clear();
    for (const { number } of this.#waiting) this.#finisher.onFailed(number);
    this.#waiting = [];
    if (!this.#finisher.isIdle) {
      await new Promise<void>((resolve) => (this.#whenFinished = resolve));
    }
    this.#finisher.tellNow();
    this.#tellReceived();
  }

  #onMessage(message: MainToParcel): void {
    switch (message.type) {
      case 'fetch':
        if (this.#isIdle) this.#onSign();
        this.#waiting.push(...message.files);
        // After the end they come to nothing, but are answered all the same.
        if (this.#isClosing) this.#failWaiting();
        else this.#askMore();
        return;
      case 'give-up':
        this.#giveUpAll(new Set(message.numbers));
        return;
      case 'ticket':
        this.#link.showTicket(message.ticket);
        return;
      case 'close':
        this.#link.end();
    }
  }

  #failWaiting(): void {
    for (const { number } of this.#waiting) this.#finisher.onFailed(number);
    this.#waiting = [];
    this.#finisher.tellNow();
  }

  get #isIdle(): boolean {
    return this.#open.size === 0 && this.#waiting.length === 0;
  }

  #onGreeted(): void {
    this.#isGreeted = true;
    this.#onSign();
    this.#askMore();
  }

  #onBytes(count: number): void {
    this.#received += count;
    this.#silence.onReceived(count, performance.now());
  }

  /** Something came of what the peer owes. */
  #onSign(): void {
    this.#silence.onSign(performance.now());
  }

  #onFrame(frame: FileFrame): void {
    switch (frame.type) {
      case 'opened':
        this.#onOpened(frame.fileRef, frame.bits);
        return;
      case 'refused':
        this.#link.fulfil();
        this.#onRefused(frame.fileRef);
        return;
      case 'reject': {
        const one = this.#require(frame);
        one.pipeline.onReject(frame);
        this.#letGo(frame.fileRef, one);
        return;
      }
      case 'have':
        this.#find(frame.fileRef);
        return;
      default:
        throw unexpected(frame);
    }
  }

  #onOpened(fileRef: number, bits: Uint8Array): void {
    const one = this.#find(fileRef);
    if (!one) return;
    const pieces = Bitfield.from(bits, 1);
    if (one.isOpened || !pieces) {
      throw new PeerError('PROTOCOL_VIOLATION', 'the peer opened a file that it cannot have');
    }
    one.isOpened = true;
    this.#onSign();
    this.#link.fulfil();
    this.#tellProof();
    // One that still fetches it itself.
    if (!pieces.isFull || one.isOver) this.#letGo(fileRef, one);
    else this.#request(fileRef, one);
  }

  /** The peer has forgotten the number by now, also when it takes back what it had opened. */
  #onRefused(fileRef: number): void {
    const one = this.#find(fileRef);
    if (!one) return;
    if (!one.isOver) this.#onSign();
    this.#giveUp(one);
    // Requests of before are answered by then: one REJECT each, in order, before or after this.
    if (one.pipeline.inFlightCount === 0) this.#forget(fileRef, one);
    this.#askMore();
  }

  #onBlock(block: BlockRange): void {
    const one = this.#require(block);
    const slot = one.pipeline.onBlock(block);
    const { fileRef } = block;
    if (!slot) {
      if (one.isOver && one.pipeline.inFlightCount === 0) this.#letGo(fileRef, one);
      return;
    }
    const { writer, slots } = this.#ready!;
    if (one.isOver) slots.release(slot);
    else this.#write(one.file, slot, writer);
    this.#letGo(fileRef, one, !one.isOver);
    // Nothing will come that this batch could wait for.
    if (this.#writing > 0 && this.#open.size === 0) writer.flush();
  }

  #write(file: ParcelFile, slot: ReturnType<PieceSlots['acquire']> & object, writer: PieceWriter) {
    const { number, sha1, partPath, path } = file;
    const content = new NewFile(partPath, path, this.#task.writes);
    this.#writing++;
    writer.submit({
      slot,
      content,
      at: 0,
      sha1,
      onDone: (result) => {
        this.#writing--;
        if (result.type === 'written') this.#finisher.onWritten(number, content);
        else this.#finisher.onFailed(number);
      },
    });
  }

  /** Asks for whatever may be asked for now, in one write. */
  #askMore(): void {
    if (!this.#isGreeted || this.#isClosing) return;
    this.#link.inOneWrite(() => {
      for (const [fileRef, one] of this.#open) {
        if (one.isOpened && !one.isOver) this.#request(fileRef, one);
      }
      while (this.#mayOpen()) {
        const file = this.#waiting.shift()!;
        const fileRef = this.#nextFileRef++;
        const pipeline = new RequestPipeline(layoutOf(file), this.#ready!.slots);
        pipeline.enqueue([0]);
        this.#open.set(fileRef, { file, pipeline, isOpened: false, isOver: false });
        this.#openBytes += file.size;
        this.#link.send({ type: 'open', fileRef, fileId: file.fileId });
      }
    });
  }

  #mayOpen(): boolean {
    const next = this.#waiting[0];
    if (!next || this.#open.size >= MAX_FILES_PER_SESSION) return false;
    if (this.#open.size > 0 && this.#openBytes + next.size > MAX_PARCEL_BYTES_OPEN) return false;
    const waitMs = this.#pace.takeOrWaitMs();
    if (waitMs > 0) {
      this.#pausing ??= setTimeout(() => {
        this.#pausing = undefined;
        this.#askMore();
      }, waitMs);
    }
    return waitMs === 0;
  }

  /** Asks for all blocks of a file, as far as there is room for them. */
  #request(fileRef: number, { pipeline }: OpenFile): void {
    const limits = this.#link.limits;
    if (!limits) return;
    const blockLength = Math.min(this.#task.blockLength, limits.maxBlockLength);
    for (;;) {
      const block = pipeline.next(blockLength);
      if (block === 'no-slot') this.#ready!.slots.whenFree(this.#more);
      if (typeof block === 'string') return;
      this.#link.send({ type: 'request', fileRef, ...block });
    }
  }

  #giveUpAll(numbers: ReadonlySet<number>): void {
    const isWanted = ({ number }: ParcelFile): boolean => !numbers.has(number);
    const unwanted = this.#waiting.filter((file) => !isWanted(file));
    this.#waiting = this.#waiting.filter(isWanted);
    for (const { number } of unwanted) this.#finisher.onFailed(number);
    // What was asked for comes, and is dropped: a small file is not worth taking it back.
    for (const one of this.#open.values()) if (numbers.has(one.file.number)) this.#giveUp(one);
    this.#finisher.tellNow();
  }

  #giveUp(one: OpenFile): void {
    if (one.isOver) return;
    one.isOver = true;
    this.#finisher.onFailed(one.file.number);
  }

  /** Nothing more of a file is wanted from the peer; `isTaken`: because all of it is there. */
  #letGo(fileRef: number, one: OpenFile, isTaken = false): void {
    if (!isTaken) this.#giveUp(one);
    if (one.pipeline.inFlightCount > 0) return;
    this.#forget(fileRef, one);
    this.#link.inOneWrite(() => {
      this.#link.send({ type: 'close', fileRef });
      this.#askMore();
    });
  }

  #forget(fileRef: number, one: OpenFile): void {
    one.pipeline.close();
    if (!this.#open.delete(fileRef)) return;
    this.#openBytes -= one.file.size;
    this.#onSign();
  }

  /** The file that a frame is about; undefined for one that was let go before the frame could know. */
  #find(fileRef: number): OpenFile | undefined {
    if (fileRef >= this.#nextFileRef) unknownFile();
    return this.#open.get(fileRef);
  }

  /** The file that an answer to a request is about. */
  #require({ fileRef }: { readonly fileRef: number }): OpenFile {
    return this.#open.get(fileRef) ?? unknownFile();
  }

  #onReportDue(): void {
    this.#tellReceived();
    const isOwed = this.#isGreeted && this.#open.size > 0;
    if (!isOwed || this.#silence.lastedMs(performance.now()) < PARCEL_SILENCE_MS) return;
    this.#link.fail(new PeerError('TIMEOUT', 'the peer sends nothing of what it was asked for'));
  }

  #tellReceived(): void {
    if (this.#received > 0) this.#post({ type: 'received', bytes: this.#received });
    this.#received = 0;
  }

  #tellProof(): void {
    if (this.#isProofTold || !this.#ready) return;
    this.#isProofTold = true;
    const { address, undialled } = this.#ready;
    this.#post({ type: 'proven', address, undialled });
  }

  #post(message: ParcelToMain): void {
    this.#task.port.postMessage(message);
  }
}

function layoutOf({ size }: ParcelFile) {
  return { size, pieceLength: size, pieceCount: 1 };
}

/** For want of descriptors nobody can be dialled; whoever tries it the ordinary way hears why. */
function asUnreachable(error: unknown): unknown {
  return error instanceof StorageError ? new PeerError('PEER_UNREACHABLE', error.message) : error;
}
