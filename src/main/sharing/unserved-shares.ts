/**
 * The shares that are not served although the user shares them, and why. Owns that table, the one
 * proof by hashing that runs at a time, and the looks at what may have come back.
 *
 *   unproven (to be hashed) → served | refuted (not what was shared, until it is touched again)
 *   away (no disk, or somebody writes to it) → served | unproven, once it is there and at rest
 *
 * A file that is written to again and again is hashed only after two looks have found it the same.
 */
import { decodeDescription } from '../../net/description.js';
import { CancelledError, P2pError } from '../../net/errors.js';
import {
  IDLE_READ_BYTES,
  MAX_SHARES_PER_USER,
  MAX_UNSERVED_LOOKED_AT,
  UNSERVED_LOOK_INTERVAL_MS,
} from '../../net/limits.js';
import type { BackgroundWork } from '../account/background-work.js';
import { isUnchanged, type FileStamp } from '../disk/file-stamp.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import type { Pace } from './idle-pace.js';
import { checkFile, type FileCheck } from './share-check.js';
import { lookAt } from './share-look.js';

/** Why a share is not served. */
export type Unserved =
  | { readonly state: 'unproven' }
  /** `seen` is the stamp of the last look, if it was there. */
  | { readonly state: 'away'; readonly seen?: FileStamp }
  | { readonly state: 'refuted'; readonly stamp: FileStamp };

export interface UnservedOptions {
  readonly library: () => Promise<Library>;
  readonly hashing: Pick<PieceHashing, 'checkPieces'>;
  readonly pace: Pace;
  readonly background: Pick<BackgroundWork, 'run'>;
  /** A file is what it was, or is not; whoever hears it enters what is still not served. */
  readonly onChecked: (account: Account, share: LibraryShare, check: FileCheck) => Promise<void>;
  /** Calls back once; answers how to prevent that. @default a timer that keeps no process */
  readonly later?: (ms: number, work: () => void) => () => void;
}

interface Entry {
  readonly groupId: string;
  readonly name: string;
  readonly why: Unserved;
}

/** One user's time online. */
interface Login {
  readonly account: Account;
  readonly ending: AbortController;
  isProving: boolean;
  /** Set from when a look is due until it is over. */
  cancelLook: (() => void) | undefined;
}

export class UnservedShares {
  readonly #options: UnservedOptions;
  readonly #later: NonNullable<UnservedOptions['later']>;
  /** In the order in which they are looked at. */
  readonly #entries = new Map<string, Entry>();
  /** Keys of those that are to be hashed, in order. */
  readonly #unproven = new Set<string>();
  #login: Login | undefined;

  constructor(options: UnservedOptions) {
    this.#options = options;
    this.#later = options.later ?? laterUnreferenced;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Why a share is not served; undefined when it is, or is no share. */
  whyNot(groupId: string, name: string): Unserved | undefined {
    return this.#entries.get(keyOf(groupId, name))?.why;
  }

  /** A share is not served any more. */
  enter(
    account: Account,
    { groupId, name }: Pick<LibraryShare, 'groupId' | 'name'>,
    why: Unserved,
  ): void {
    const login = this.#loginOf(account);
    const key = keyOf(groupId, name);
    // More than the tracker takes of one user are not served either.
    if (!this.#entries.has(key) && this.#entries.size >= MAX_SHARES_PER_USER) return;
    this.#entries.set(key, { groupId, name, why });
    if (why.state === 'unproven') {
      this.#unproven.add(key);
      this.#proveSoon(login);
    } else {
      this.#unproven.delete(key);
      this.#lookSoon(login);
    }
  }

  /** It is served, or not shared any more. */
  delete(groupId: string, name: string): void {
    const key = keyOf(groupId, name);
    this.#entries.delete(key);
    this.#unproven.delete(key);
  }

  /** The user is offline: what runs for them ends. Idempotent. */
  end(): void {
    this.#login?.ending.abort(new CancelledError('the user is offline'));
    this.#login?.cancelLook?.();
    this.#login = undefined;
    this.#entries.clear();
    this.#unproven.clear();
  }

  #loginOf(account: Account): Login {
    const known = this.#login?.account;
    const isOther = known?.userId !== account.userId || known.trackerId !== account.trackerId;
    if (known && isOther) this.end();
    const ending = new AbortController();
    this.#login ??= { account, ending, isProving: false, cancelLook: undefined };
    return this.#login;
  }

  // --- Proofs ------------------------------------------------------------------------

  #proveSoon(login: Login): void {
    if (login.isProving) return;
    login.isProving = true;
    this.#options.background.run(async () => {
      try {
        await this.#proveAll(login);
      } finally {
        login.isProving = false;
      }
    });
  }

  async #proveAll({ account, ending: { signal } }: Login): Promise<void> {
    for (;;) {
      const [key] = this.#unproven;
      const entry = key === undefined ? undefined : this.#entries.get(key);
      if (signal.aborted || !entry) return;
      try {
        await this.#prove(account, entry, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof P2pError)) throw error;
        // It cannot be told now, for instance because no descriptor is left.
        if (this.#isPresent(entry)) this.enter(account, entry, { state: 'away' });
      }
    }
  }

  async #prove(account: Account, entry: Entry, signal: AbortSignal): Promise<void> {
    const { library, hashing, pace, background, onChecked } = this.#options;
    const found = await library();
    const share = found.share(account, entry.groupId, entry.name);
    const encoded = share && found.description(share.fileId);
    if (!share || !encoded) return this.delete(entry.groupId, entry.name);
    const file = { ...share, description: decodeDescription(encoded) };
    const check = await checkFile(hashing, file, {
      windowBytes: IDLE_READ_BYTES,
      // Of a folder the other files are served.
      stopsAtFirst: share.isFolder !== true,
      onWindow: (_bytes, tookMs) => pace.rest(tookMs, signal),
      signal,
    });
    // Meanwhile it may have been taken back, or shared anew.
    if (signal.aborted || !this.#isPresent(entry)) return;
    this.delete(entry.groupId, entry.name);
    background.run(() => onChecked(account, share, check));
  }

  #isPresent(entry: Entry): boolean {
    return this.#entries.get(keyOf(entry.groupId, entry.name)) === entry;
  }

  // --- Looks -------------------------------------------------------------------------

  #lookSoon(login: Login): void {
    login.cancelLook ??= this.#later(UNSERVED_LOOK_INTERVAL_MS, () => {
      this.#options.background.run(async () => {
        await this.#look(login);
        login.cancelLook = undefined;
        const isMore = this.#entries.size > this.#unproven.size;
        if (this.#login === login && isMore) this.#lookSoon(login);
      });
    });
  }

  /** One after the other: a look at a network disk that is gone may take a minute. */
  async #look({ account, ending: { signal } }: Login): Promise<void> {
    const library = await this.#options.library();
    const due = [...this.#entries.values()].filter(({ why }) => why.state !== 'unproven');
    for (const entry of due.slice(0, MAX_UNSERVED_LOOKED_AT)) {
      const share = library.share(account, entry.groupId, entry.name);
      const look = share && (await lookAt(share, library));
      if (signal.aborted) return;
      if (!this.#isPresent(entry)) continue;
      // To the end of the row.
      this.delete(entry.groupId, entry.name);
      if (!look) continue;
      if (look.state === 'same') {
        await this.#options.onChecked(account, share, { state: 'whole', stamp: look.stamp });
      } else this.enter(account, entry, afterLook(entry.why, share, look));
    }
  }
}

/** What a look makes of a share that is not served. */
function afterLook(
  why: Unserved,
  { isFolder }: Pick<LibraryShare, 'isFolder'>,
  look: Exclude<Awaited<ReturnType<typeof lookAt>>, { state: 'same' }>,
): Unserved {
  switch (look.state) {
    case 'missing':
      return { state: 'away' };
    case 'damaged':
      return { state: 'refuted', stamp: look.stamp };
    case 'changed':
      // Which files of a folder are what they were, is told by hashing too.
      return isFolder ? onceAtRest(why, look) : { state: 'refuted', stamp: look.stamp };
    case 'differs':
      return onceAtRest(why, look);
  }
}

/** It is hashed once two looks have found it the same. */
function onceAtRest(why: Unserved, { stamp }: { readonly stamp: FileStamp }): Unserved {
  if (why.state === 'refuted' && isUnchanged(why.stamp, stamp)) return why;
  const isAtRest = why.state === 'away' && why.seen && isUnchanged(why.seen, stamp);
  return isAtRest ? { state: 'unproven' } : { state: 'away', seen: stamp };
}

/** No name holds a slash. */
function keyOf(groupId: string, name: string): string {
  return `${groupId}/${name}`;
}

function laterUnreferenced(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
