/**
 * Finds peers in this machine's own network without the tracker, and is found by them: asks everybody
 * there for the contents that are watched, answers what is served here. Owns the sockets, what is asked
 * and who was heard. Silent unless a content of a group is wanted; whoever is in no group of ours is
 * neither answered nor told anything.
 *
 *   stopped → running (sockets open) → stopped; another network opens the sockets anew
 */
import { isDeepStrictEqual } from 'node:util';
import { crash, detach } from '../../net/detach.js';
import {
  LAN_ASK_MS,
  LAN_ASK_SELDOM_MS,
  LAN_LETTERS_PER_SECOND,
  LAN_LETTER_BURST,
  LAN_NEWS_MS,
  LAN_TICK_MS,
  MAX_LAN_FILES_PER_LETTER,
  MAX_LAN_FILES_WATCHED,
} from '../../net/limits.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import { isEveryAddress } from '../../net/listen-host.js';
import type { OwnAddress } from '../../net/own-addresses.js';
import { TokenBucket } from '../../net/token-bucket.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import { HeardPeers, keyOf, type GroupFile, type HeardChange } from './heard-peers.js';
import { LanIntake, isTimely } from './lan-intake.js';
import { isNearSource, lanInterfaces, type LanInterface } from './lan-interfaces.js';
import {
  isLetterLike,
  letterWriterOf,
  nonceOf,
  openLetter,
  sealLetter,
  type LanFile,
  type LanLetter,
  type LetterWriter,
  type OpenedLetter,
} from './lan-letter.js';
import { LanSockets, type LanSocketEvents, type LetterSource } from './lan-sockets.js';

/** The keys of groups: see account/lan-keys.ts. */
export interface LanGroupKeys {
  of(groupId: string): Buffer | undefined;
  /** Fetches those that are not known, and forgets all others. */
  want(groupIds: readonly string[]): void;
}

export interface LanOptions {
  readonly keys: LanGroupKeys;
  /** What is served here. */
  readonly offers: {
    groupIds(): readonly string[];
    fileOf(file: GroupFile): { readonly isComplete: boolean } | undefined;
  };
  /** Where it is served; nowhere while this client only downloads. */
  readonly listening: () => readonly PeerAddress[];
  readonly own: () => readonly OwnAddress[];
  readonly credentials: () => Promise<DeviceCredentials>;
  readonly userId: () => string | undefined;
  readonly isTrackerAway: () => boolean;
  /** The tracker's clock, which all members know. */
  readonly trackerMs: () => number;
  readonly steadyMs: () => number;
  readonly onChange: (change: HeardChange) => void;
  /** @default those of this machine */
  readonly createSockets?: (
    events: LanSocketEvents,
  ) => Pick<LanSockets, 'open' | 'ask' | 'answer' | 'close' | 'readyHosts' | 'faults'>;
}

/** A content that is wanted here. */
interface WatchedFile extends GroupFile {
  watchers: number;
  readonly sinceMs: number;
  askAtMs: number;
}

/** What `doctor net` tells of it. */
export interface LanState {
  /** Addresses of this machine from which others are asked; none: no network takes letters. */
  readonly hosts: readonly string[];
  readonly faults: readonly string[];
}

export class Lan {
  readonly #options: LanOptions;
  readonly #heard = new HeardPeers();
  readonly #watched = new Map<string, WatchedFile>();
  readonly #intake: LanIntake;
  readonly #pace: TokenBucket;
  readonly #sockets: ReturnType<NonNullable<LanOptions['createSockets']>>;
  #writer: LetterWriter | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** Where the sockets are, or are being opened. */
  #openAt: readonly LanInterface[] = [];
  /** Openings and closings of the sockets, one after the other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(options: LanOptions) {
    this.#options = options;
    const nowMs = options.steadyMs();
    this.#intake = new LanIntake(nowMs);
    this.#pace = new TokenBucket(LAN_LETTER_BURST, LAN_LETTERS_PER_SECOND, nowMs);
    const events: LanSocketEvents = {
      onAsked: (bytes, source) => this.#onAsked(bytes, source),
      onAnswer: (bytes, source) => this.#onAnswer(bytes, source),
      onReady: () => this.#askDue(),
    };
    this.#sockets = options.createSockets?.(events) ?? new LanSockets(events);
  }

  /** It takes part. */
  get isRunning(): boolean {
    return this.#ticker !== undefined;
  }

  get state(): LanState {
    return { hosts: this.#sockets.readyHosts, faults: this.#sockets.faults };
  }

  /** Takes part from now on; nothing happens when it does already. */
  start(): void {
    if (this.#ticker || this.#isClosed) return;
    this.#ticker = setInterval(() => this.#onTick(), LAN_TICK_MS);
    this.#ticker.unref();
    this.#reopen();
    this.#wantKeys();
  }

  /** Somebody here wants a content; who was heard to have it already. */
  watch({ groupId, fileId }: GroupFile): OnlinePeer[] {
    const key = keyOf({ groupId, fileId });
    const nowMs = this.#options.steadyMs();
    const known = this.#watched.get(key);
    if (!known && this.#watched.size >= MAX_LAN_FILES_WATCHED) return [];
    const file = known ?? { groupId, fileId, watchers: 0, sinceMs: nowMs, askAtMs: nowMs };
    file.watchers++;
    this.#watched.set(key, file);
    this.start();
    this.#wantKeys();
    this.#askDue();
    return this.#heard.peersOf(file);
  }

  /** One who wanted it wants it no more. */
  unwatch(file: GroupFile): void {
    const known = this.#watched.get(keyOf(file));
    if (!known || --known.watchers > 0) return;
    this.#watched.delete(keyOf(file));
    this.#heard.forget(file);
  }

  /** True for an address at which a peer was heard in this network. */
  hasHeard(address: PeerAddress): boolean {
    return this.#heard.hasHeard(address);
  }

  /** The key of a group has come: what waited for it can be asked. */
  onKeys(): void {
    this.#askDue();
  }

  /** This machine has other addresses, or serves at others. */
  onAddressesChanged(): void {
    if (!this.#ticker || isDeepStrictEqual(this.#interfaces(), this.#openAt)) return;
    for (const file of this.#watched.values()) file.askAtMs = this.#options.steadyMs();
    this.#reopen();
  }

  /** Takes no part any more, until it is started again; resolves when no socket is open. */
  async stop(): Promise<void> {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    this.#heard.clear();
    this.#options.keys.want([]);
    await this.#change(() => this.#sockets.close());
  }

  /** The same for good. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.stop();
  }

  #reopen(): void {
    this.#openAt = this.#interfaces();
    const open = async (): Promise<void> => {
      await this.#sockets.close();
      this.#writer ??= letterWriterOf(await this.#options.credentials());
      if (this.#ticker) this.#sockets.open(this.#openAt);
    };
    detach(() => this.#change(open), crash);
  }

  #interfaces(): LanInterface[] {
    return lanInterfaces(this.#options.own(), this.#options.listening());
  }

  #change(work: () => Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(work);
    return this.#changing;
  }

  #onTick(): void {
    this.#wantKeys();
    const nowMs = this.#options.steadyMs();
    for (const change of this.#heard.forgetSilent(nowMs, (file) =>
      this.#askedEachMs(file, nowMs),
    )) {
      this.#options.onChange(change);
    }
    this.#askDue();
  }

  #wantKeys(): void {
    const { keys, offers } = this.#options;
    const wanted = [...this.#watched.values()].map(({ groupId }) => groupId);
    keys.want([...new Set([...wanted, ...offers.groupIds()])]);
  }

  #askDue(): void {
    if (!this.#ticker || !this.#writer || this.#sockets.readyHosts.length === 0) return;
    const nowMs = this.#options.steadyMs();
    const due = [...this.#watched.values()].filter(
      ({ askAtMs, groupId }) => askAtMs <= nowMs && this.#options.keys.of(groupId),
    );
    for (const file of due) {
      file.askAtMs = nowMs + this.#askedEachMs(file, nowMs);
    }
    for (const groupId of new Set(due.map((file) => file.groupId))) {
      const ids = due.filter((file) => file.groupId === groupId).map(({ fileId }) => fileId);
      for (const fileIds of chunksOf(ids, MAX_LAN_FILES_PER_LETTER)) {
        this.#sockets.ask(() => this.#seal(groupId, { kind: 'ask', fileIds }));
      }
    }
  }

  #askedEachMs(file: GroupFile, nowMs: number): number {
    const { sinceMs = -Infinity } = this.#watched.get(keyOf(file)) ?? {};
    const isPressing = nowMs - sinceMs < LAN_NEWS_MS || this.#options.isTrackerAway();
    return isPressing ? LAN_ASK_MS : LAN_ASK_SELDOM_MS;
  }

  /** Undefined when too much was written already, or the group has no key. */
  #seal(groupId: string, letter: LanLetter): Buffer | undefined {
    const groupKey = this.#options.keys.of(groupId);
    if (!groupKey || !this.#writer || !this.#pace.take(this.#options.steadyMs())) return undefined;
    const nowMs = this.#options.trackerMs();
    const bytes = sealLetter(letter, { groupKey, writer: this.#writer, nowMs });
    // It comes back, because this machine is one of those that are asked.
    this.#intake.remember(nonceOf(bytes));
    return bytes;
  }

  #onAsked(bytes: Buffer, source: LetterSource): void {
    const opened = this.#open(bytes, source, this.#options.offers.groupIds());
    if (opened?.letter.kind !== 'ask') return;
    const { groupId } = opened;
    const { offers, listening, userId } = this.#options;
    const files = opened.letter.fileIds.flatMap((fileId): LanFile[] => {
      const offer = offers.fileOf({ groupId, fileId });
      return offer ? [{ fileId, isComplete: offer.isComplete }] : [];
    });
    const at = listening();
    const [user, port] = [userId(), at[0]?.port];
    if (files.length === 0 || user === undefined || port === undefined) return;
    const letter = this.#seal(groupId, { kind: 'have', port, userId: user, files });
    const isAnywhere = at.some(({ host }) => isEveryAddress(host));
    if (letter) this.#sockets.answer(letter, source, isAnywhere);
  }

  #onAnswer(bytes: Buffer, source: LetterSource): void {
    const groups = new Set([...this.#watched.values()].map(({ groupId }) => groupId));
    const opened = this.#open(bytes, source, [...groups]);
    if (opened?.letter.kind !== 'have') return;
    const { groupId, deviceId } = opened;
    const { port, userId, files } = opened.letter;
    const address = { host: source.host, port };
    for (const { fileId, isComplete } of files) {
      if (!this.#watched.has(keyOf({ groupId, fileId }))) continue;
      const claim = { groupId, fileId, deviceId, userId, address, isComplete };
      const change = this.#heard.onClaim(claim, this.#options.steadyMs());
      if (change) this.#options.onChange(change);
    }
  }

  /** What a member of one of these groups has just written, if that is what it is. */
  #open(
    bytes: Buffer,
    { host }: LetterSource,
    groupIds: readonly string[],
  ): (OpenedLetter & { readonly groupId: string }) | undefined {
    const { own, keys, steadyMs, trackerMs } = this.#options;
    if (!this.#ticker || !isLetterLike(bytes) || this.#intake.isKnown(nonceOf(bytes))) return;
    if (!isNearSource(host, own()) || !this.#intake.admits(host, steadyMs())) return undefined;
    for (const groupId of groupIds) {
      const groupKey = keys.of(groupId);
      const opened = groupKey ? openLetter(bytes, groupKey) : 'foreign';
      if (opened === 'foreign') continue;
      if (typeof opened === 'string' || !isTimely(opened.atMs, trackerMs())) return undefined;
      this.#intake.remember(opened.nonce);
      return { ...opened, groupId };
    }
    return undefined;
  }
}

function chunksOf<Item>(items: readonly Item[], most: number): Item[][] {
  const count = Math.ceil(items.length / most);
  return Array.from({ length: count }, (_, chunk) => items.slice(chunk * most, (chunk + 1) * most));
}
