/**
 * What the trackers of a database tell each other of presence, and that something is committed. Owns the timers: one that
 * says that this tracker is there and lets go of those that are not, and one that gathers changes for a moment. What could
 * not be said is counted as said, so that the others notice that it is missing, and ask.
 */
import { detach } from '../../net/detach.js';
import { FELLOW_BEAT_MS, FELLOW_FLUSH_MS } from '../../net/limits.js';
import type { TrackerNotifications } from '../../net/tracker-api.js';
import { Bus } from './bus.js';
import type { FellowCodec, FellowMessage } from './bus-codec.js';
import type { DeviceHolder } from './device-holder.js';
import type { FellowTable } from './fellow-table.js';
import type { OwnChanges } from './own-changes.js';
import { ownState } from './own-state.js';
import type { SharedPresence } from './shared-presence.js';

export interface ExchangeOptions {
  readonly url: string;
  /** This run of this tracker. */
  readonly tracker: string;
  readonly codec: FellowCodec;
  readonly table: FellowTable;
  readonly presence: SharedPresence;
  readonly changes: OwnChanges;
  readonly delay: (callback: () => void, delayMs: number) => () => void;
  /** Another tracker has committed something. */
  readonly onRung: () => void;
  /** Hears that the presence server answers, or does not. */
  readonly onState: (state: 'up' | 'away', reason: string) => void;
  readonly onUnforeseen: (error: unknown) => void;
}

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #bus: Bus;
  /** Changes that were told so far, or missed. */
  #n = 0;
  /** Trackers to which all is being told. */
  readonly #asking = new Set<string>();
  #isFlushing = false;
  #cancelBeat: (() => void) | undefined;
  #cancelFlush: (() => void) | undefined;
  #isClosed = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    const { url, tracker, codec } = options;
    this.#bus = new Bus({
      url,
      channels: [codec.channel, this.#channelOf(tracker)],
      onText: (text) => this.#onText(text),
      onUp: () => this.#onUp(),
      onDown: (reason) => this.#onDown(reason),
      delay: options.delay,
    });
  }

  /** The presence server answers. */
  get isUp(): boolean {
    return this.#bus.isUp;
  }

  open(): void {
    this.#bus.open();
    this.#beat();
  }

  /** Something of `changes` is to be told. */
  onChanged(): void {
    if (this.#isClosed) return;
    if (!this.#bus.isUp) return this.#options.changes.miss();
    this.#cancelFlush ??= this.#options.delay(() => this.#flush(), FELLOW_FLUSH_MS);
  }

  /** This tracker has committed something. */
  ring(): void {
    this.#say({ kind: 'rung' });
  }

  ask(tracker: string): void {
    this.#say({ kind: 'ask' }, tracker);
  }

  passOn(tracker: string, deviceId: string, call: TrackerNotifications['call']): void {
    this.#say({ kind: 'call', deviceId, call }, tracker);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelBeat?.();
    this.#cancelFlush?.();
    await this.#tell({ kind: 'bye' });
    this.#bus.close();
  }

  #channelOf(tracker: string): string {
    return `${this.#options.codec.channel}:${tracker}`;
  }

  #say(message: FellowMessage, to?: string): void {
    detach(() => this.#tell(message, to), this.#options.onUnforeseen);
  }

  /** To one tracker, or to all. */
  #tell(message: FellowMessage, to?: string): Promise<boolean> {
    const { codec, tracker: from } = this.#options;
    const channel = to === undefined ? codec.channel : this.#channelOf(to);
    if (!this.#bus.isUp) return Promise.resolve(false);
    return this.#bus.say(channel, codec.encode({ from, message }));
  }

  #onUp(): void {
    const { table, changes, onState } = this.#options;
    table.onBack();
    changes.miss();
    onState('up', '');
    this.#flush();
    this.#say({ kind: 'ask' });
  }

  #onDown(reason: string): void {
    this.#options.changes.miss();
    this.#options.onState('away', reason);
  }

  #beat(): void {
    this.#cancelBeat = this.#options.delay(() => this.#beat(), FELLOW_BEAT_MS);
    if (!this.#bus.isUp) return;
    this.#options.table.sweep();
    this.#say({ kind: 'beat', n: this.#n });
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#isFlushing || this.#isClosed) return;
    this.#isFlushing = true;
    detach(async () => {
      await this.#flushAll().finally(() => (this.#isFlushing = false));
      if (!this.#options.changes.isEmpty) this.onChanged();
    }, this.#options.onUnforeseen);
  }

  async #flushAll(): Promise<void> {
    const { changes } = this.#options;
    if (!this.#bus.isUp) return changes.miss();
    if (changes.takeMissed()) {
      // The others see that this number is missing.
      this.#n++;
      await this.#tell({ kind: 'beat', n: this.#n });
    }
    for (let told = changes.take(); told; told = changes.take()) {
      this.#n++;
      // What is not heard is missed by its number.
      await this.#tell({ kind: 'changes', n: this.#n, ...told });
    }
  }

  #onText(text: string): void {
    const { codec, tracker, table } = this.#options;
    const letter = codec.decode(text);
    if (!letter || letter.from === tracker || this.#isClosed) return;
    const { from, message } = letter;
    switch (message.kind) {
      case 'beat':
        return table.onBeat(from, message.n);
      case 'bye':
        return table.onBye(from);
      case 'rung':
        return this.#options.onRung();
      case 'changes':
        return table.onChanges(from, message.n, message);
      case 'ask':
        return this.#tellAll(from);
      case 'state':
        return table.onState(from, message);
      case 'call':
        return this.#call(message.deviceId, message.call);
    }
  }

  /** Tells one tracker all that is here; several may be told at a time, each once. */
  #tellAll(to: string): void {
    if (this.#asking.has(to)) return;
    this.#asking.add(to);
    detach(
      () => this.#tellParts(to).finally(() => this.#asking.delete(to)),
      this.#options.onUnforeseen,
    );
  }

  async #tellParts(to: string): Promise<void> {
    const { presence } = this.#options;
    const parts = ownState(presence.own(), (deviceId) => presence.toldDevice(deviceId));
    const end = { gone: [], devices: [], offers: [] };
    for (let [isFirst, isLast] = [true, false]; !isLast; isFirst = false) {
      // Made when it is told, so that nothing that was told since is taken back by it.
      const next = parts.next();
      isLast = next.done === true;
      const part = next.done === true ? end : next.value;
      const told = await this.#tell({ kind: 'state', n: this.#n, isFirst, isLast, ...part }, to);
      // One that lacks a part asks again.
      if (!told) return;
    }
  }

  #call(deviceId: string, call: TrackerNotifications['call']): void {
    const holder: DeviceHolder | undefined = this.#options.presence.holderOf(deviceId);
    if (holder?.isHere === true) holder.push('call', call);
  }
}
