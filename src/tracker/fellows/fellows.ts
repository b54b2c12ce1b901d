/**
 * What makes several trackers on one database one: each applies what the others commit (outbox-reader.ts), and has a copy
 * of who is online at them (shared-presence.ts), which they tell each other over a presence server (exchange.ts). Puts
 * that together, and takes it apart again. One that is alone has none of it.
 */
import { randomUUID } from 'node:crypto';
import type { PresenceListener } from '../presence/presence.js';
import type { StoreOutbox } from '../store/shared-store.js';
import type { ToldChange } from './change-codec.js';
import { FellowCodec } from './bus-codec.js';
import { Exchange } from './exchange.js';
import { FellowTable } from './fellow-table.js';
import { OutboxReader } from './outbox-reader.js';
import { OwnChanges } from './own-changes.js';
import { SharedPresence } from './shared-presence.js';

/** How many others there are, for whoever watches. */
export interface FellowCount {
  /** That are heard. */
  readonly count: number;
  /** The presence server answers. */
  readonly isHeard: boolean;
}

export interface FellowsOptions {
  readonly presenceUrl: string;
  readonly outbox: StoreOutbox;
  readonly ticketKeyPem: string;
  readonly nowMs: () => number;
  readonly steadyMs: () => number;
  readonly delay: (callback: () => void, delayMs: number) => () => void;
  readonly onPresenceChange: PresenceListener;
  /** A device of ours is online at another tracker now. */
  readonly onTakenOver: (deviceId: string) => void;
  /** Another tracker has committed this. */
  readonly onChange: (change: ToldChange) => void;
  /** What is in memory may be wrong: all have to begin anew. */
  readonly onLost: () => void;
  /** Something that others have committed could not be applied. */
  readonly onNotApplied: (error: unknown) => void;
  /** Takes a turn that changes nothing. */
  readonly takeTurn: () => void;
  readonly onPresenceServer: (state: 'up' | 'away', reason: string) => void;
  readonly onUnforeseen: (error: unknown) => void;
}

export class Fellows implements FellowCount {
  readonly presence: SharedPresence;
  readonly outbox: OutboxReader;
  readonly #table: FellowTable;
  readonly #exchange: Exchange;

  constructor(options: FellowsOptions) {
    const { steadyMs, delay, onUnforeseen } = options;
    const tracker = randomUUID();
    this.presence = new SharedPresence({
      tracker,
      onChange: options.onPresenceChange,
      onOwnChange: (deviceId, offer) => {
        changes.add(deviceId, offer);
        this.#exchange.onChanged();
        if (!offer) this.#table.onFree(deviceId);
      },
      onTakenOver: options.onTakenOver,
      passOn: (to, deviceId, call) => this.#exchange.passOn(to, deviceId, call),
      nowMs: options.nowMs,
    });
    const changes = new OwnChanges(this.presence);
    this.#table = new FellowTable({
      devices: this.presence,
      ask: (of) => this.#exchange.ask(of),
      steadyMs,
    });
    this.#exchange = new Exchange({
      ...{ url: options.presenceUrl, tracker, table: this.#table, presence: this.presence },
      ...{ changes, delay, onUnforeseen, codec: new FellowCodec(options.ticketKeyPem) },
      onRung: () => this.outbox.onRung(),
      onState: options.onPresenceServer,
    });
    this.outbox = new OutboxReader({
      ...{ outbox: options.outbox, steadyMs, delay },
      onChange: options.onChange,
      onLost: options.onLost,
      onFault: options.onNotApplied,
      onNews: options.takeTurn,
      onTold: () => this.#exchange.ring(),
    });
  }

  get count(): number {
    return this.#table.size;
  }

  get isHeard(): boolean {
    return this.#exchange.isUp;
  }

  /** Before anybody is let in. @throws what the store says */
  async start(): Promise<void> {
    await this.outbox.start();
    this.#exchange.open();
  }

  /** Has a transaction carried out, and what others have committed before it applied. */
  async committed<T>(transaction: () => Promise<T>): Promise<T> {
    try {
      return await transaction();
    } finally {
      await this.outbox.caughtUp();
    }
  }

  async close(): Promise<void> {
    await this.#exchange.close();
    await this.outbox.close();
  }
}
