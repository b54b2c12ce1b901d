/**
 * The network between simulated clients. A host sends at its rate, one slice after the other, from
 * all of its connections in turn; what comes in shares its rate too. A connection delivers whole
 * messages in order after its latency, holds what its window does not let out, and is reset at any
 * moment: then nothing that was under way arrives.
 */
import { KiB } from '../../src/net/limits.js';
import { fixedWindow, type SendWindow } from './send-window.js';
import type { VirtualClock } from './virtual-clock.js';

/** A message up to this size goes past the queue of others, as packets of another connection do. */
const SMALL_BYTES = 1 * KiB;
/** A slice takes a host this long, so that bytes trickle on slow ways. */
const SLICE_MS = 200;
const MIN_SLICE_BYTES = 4 * KiB;

export interface HostRates {
  readonly upBytesPerSecond: number;
  readonly downBytesPerSecond: number;
}

/** What one end of a connection hears. */
export interface LinkEnd<Message> {
  /** Bytes came in, of a message or a part of one. */
  onBytes(count: number): void;
  onMessage(message: Message): void;
  /** The queue of this end has become shorter. */
  onDrain(): void;
  /** The connection is gone; nothing else is heard. */
  onReset(): void;
}

interface Chunk<Message> {
  left: number;
  readonly message: Message | undefined;
  readonly onGone: (() => void) | undefined;
}

/** A host's share of the network. */
export class SimHost {
  readonly #clock: VirtualClock;
  readonly #rates: HostRates;
  readonly #waiting = new Set<{ sendSlice(bytes: number): number }>();
  #isSending = false;
  #downFreeMs = 0;

  constructor(clock: VirtualClock, rates: HostRates) {
    this.#clock = clock;
    this.#rates = rates;
  }

  /** A connection has something to send. */
  wants(flow: { sendSlice(bytes: number): number }): void {
    this.#waiting.add(flow);
    if (!this.#isSending) this.#sendNext();
  }

  stops(flow: { sendSlice(bytes: number): number }): void {
    this.#waiting.delete(flow);
  }

  /** When bytes that arrive at `atMs` have come in. */
  receivedAtMs(atMs: number, bytes: number): number {
    const tookMs = (bytes * 1000) / this.#rates.downBytesPerSecond;
    this.#downFreeMs = Math.max(atMs, this.#downFreeMs) + tookMs;
    return this.#downFreeMs;
  }

  #sendNext(): void {
    this.#isSending = true;
    const rate = this.#rates.upBytesPerSecond;
    const slice = Math.max(MIN_SLICE_BYTES, Math.floor((rate * SLICE_MS) / 1000));
    for (const flow of this.#waiting) {
      // To the end of the line; it says again that it wants if it does.
      this.#waiting.delete(flow);
      const sent = flow.sendSlice(slice);
      if (sent === 0) continue;
      this.#clock.later((sent * 1000) / rate, () => this.#sendNext());
      return;
    }
    this.#isSending = false;
  }
}

/** One direction of a connection. */
class Flow<Message> {
  readonly #clock: VirtualClock;
  readonly #from: SimHost;
  readonly #to: SimHost;
  readonly #latencyMs: number;
  readonly #window: SendWindow;
  readonly #queue: Chunk<Message>[] = [];
  #queuedBytes = 0;
  #underWay = 0;
  #lastArrivalMs = 0;
  /** Small messages that arrive together, as frames of one write do. */
  #together: Message[] | undefined;
  isOver = false;
  receiver: LinkEnd<Message> | undefined;
  sender: LinkEnd<Message> | undefined;

  constructor(
    clock: VirtualClock,
    from: SimHost,
    to: SimHost,
    latencyMs: number,
    window: SendWindow,
  ) {
    this.#clock = clock;
    this.#from = from;
    this.#to = to;
    this.#latencyMs = latencyMs;
    this.#window = window;
  }

  /** Bytes handed over that have not left. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Sends bytes; the message is heard when the last of them has come in. */
  send(bytes: number, message: Message | undefined, onGone?: () => void): void {
    if (this.isOver) return;
    if (bytes <= SMALL_BYTES && this.#queue.length === 0) {
      this.#arrive(bytes, message, this.#clock.now);
      onGone?.();
      return;
    }
    this.#queue.push({ left: bytes, message, onGone });
    this.#queuedBytes += bytes;
    this.#from.wants(this);
  }

  sendSlice(most: number): number {
    const [chunk] = this.#queue;
    const room = this.#window.bytes - this.#underWay;
    if (!chunk || this.isOver || room <= 0) return 0;
    const bytes = Math.min(chunk.left, most, this.#window.isTcp ? Math.ceil(room) : Infinity);
    chunk.left -= bytes;
    this.#queuedBytes -= bytes;
    this.#underWay += bytes;
    const isLast = chunk.left === 0;
    if (isLast) this.#queue.shift();
    this.#arrive(bytes, isLast ? chunk.message : undefined, this.#clock.now);
    if (isLast) {
      chunk.onGone?.();
      this.sender?.onDrain();
    }
    if (this.#queue.length > 0) this.#from.wants(this);
    return bytes;
  }

  end(): void {
    this.isOver = true;
    this.#from.stops(this);
  }

  #arrive(bytes: number, message: Message | undefined, leftMs: number): void {
    const atMs = leftMs + this.#latencyMs;
    if (bytes <= SMALL_BYTES) {
      if (message === undefined) this.#at(atMs, () => this.receiver?.onBytes(bytes));
      else this.#arriveTogether(message, bytes, atMs);
      return;
    }
    this.#together = undefined;
    this.#at(this.#to.receivedAtMs(atMs, bytes), () => {
      if (this.#window.isTcp) this.#clock.later(this.#latencyMs, () => this.#onArrived(bytes));
      else this.#onArrived(bytes);
      this.receiver?.onBytes(bytes);
      if (message !== undefined && !this.isOver) this.receiver?.onMessage(message);
    });
  }

  #onArrived(bytes: number): void {
    this.#underWay -= bytes;
    this.#window.onAcknowledged(bytes);
    if (this.#queue.length > 0 && !this.isOver) this.#from.wants(this);
  }

  #arriveTogether(message: Message, bytes: number, atMs: number): void {
    if (this.#together && this.#lastArrivalMs === atMs) {
      this.#together.push(message);
      return;
    }
    const messages = [message];
    this.#together = messages;
    this.#at(atMs, () => {
      if (this.#together === messages) this.#together = undefined;
      this.receiver?.onBytes(bytes);
      for (const one of messages) if (!this.isOver) this.receiver?.onMessage(one);
    });
  }

  /** Never before what was sent earlier. */
  #at(atMs: number, work: () => void): void {
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, atMs);
    this.#clock.later(this.#lastArrivalMs - this.#clock.now, () => {
      if (!this.isOver) work();
    });
  }
}

/** One end's view of a connection. */
export interface Socket<Message> {
  readonly queuedBytes: number;
  readonly isOver: boolean;
  send(bytes: number, message: Message | undefined, onGone?: () => void): void;
  /** The connection breaks: this end knows at once, the other after the latency. */
  reset(): void;
  attach(end: LinkEnd<Message>): void;
}

export interface LinkOptions {
  readonly clock: VirtualClock;
  readonly dialler: SimHost;
  readonly server: SimHost;
  readonly latencyMs: number;
  /** Of what the server sends. @default a fixed one */
  readonly window?: SendWindow;
}

/** A connection; answers the dialler's end and the server's. */
export function connect<Message>({
  clock,
  dialler,
  server,
  latencyMs,
  window = fixedWindow,
}: LinkOptions): [Socket<Message>, Socket<Message>] {
  const up = new Flow<Message>(clock, dialler, server, latencyMs, fixedWindow);
  const down = new Flow<Message>(clock, server, dialler, latencyMs, window);
  const ends: (LinkEnd<Message> | undefined)[] = [undefined, undefined];
  const socketOf = (side: 0 | 1): Socket<Message> => {
    const [out, incoming] = side === 0 ? [up, down] : [down, up];
    return {
      get queuedBytes() {
        return out.queuedBytes;
      },
      get isOver() {
        return out.isOver;
      },
      send: (bytes, message, onGone) => out.send(bytes, message, onGone),
      reset() {
        if (out.isOver) return;
        out.end();
        incoming.end();
        clock.later(latencyMs, () => ends[1 - side]?.onReset());
        ends[side]?.onReset();
      },
      attach(end) {
        ends[side] = end;
        incoming.receiver = end;
        out.sender = end;
      },
    };
  };
  return [socketOf(0), socketOf(1)];
}
