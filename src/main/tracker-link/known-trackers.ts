/**
 * The trackers this home knows, and how each was met: one line per tracker, like ssh's known_hosts.
 *
 *   host:port <sha256 of its key>        met by its key, which was trusted at the first meeting
 *   host:port authority                  an authority of this machine vouched for its name
 *   host:port authority <sha256 …>       the same, for a tracker that was met by this key before:
 *                                        what the library keeps of it stays where it was
 *
 * How a tracker was met is final until the user changes the line: no authority overrules a key, and
 * no key stands in for an authority. Lines are only ever appended here.
 */
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSha256Hex } from '../../net/description.js';
import { StorageError, TrackerError, toStorageError } from '../../net/errors.js';
import { MAX_TRACKER_ADDRESSES } from '../../net/limits.js';
import type { TrackerIdentity } from '../../net/tls-identity.js';
import { stateFileAt } from '../../net/state-file.js';
import { syncFolder } from '../../net/sync-folder.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { Home } from '../home/home.js';
import { readSession } from '../home/session-file.js';
import { addressText } from './address-text.js';

const KNOWN_TRACKERS_MODE = 0o600;
const AUTHORITY = 'authority';
/** What the TLS library says when a certificate is right, but not now. */
const FLAWS_OF_TIME = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** How a tracker was met, with its identity: what accounts at it hang on. */
export interface Meeting {
  readonly how: 'key' | 'authority';
  /** Its device id; or its address, where an authority vouches (its key may then change). */
  readonly trackerId: string;
}

/** A line of the file; without a number, what the login of an older version tells. */
interface Entry extends Meeting {
  readonly tracker: string;
  readonly line: number | undefined;
}

/** A meeting that was in order. */
export interface CheckedMeeting extends Meeting {
  /** It is noted from now on. */
  readonly isFirst: boolean;
}

type KnownTrackersHome = Pick<Home, 'knownTrackersPath' | 'sessionPath'>;

/** The known trackers of one home. */
export class KnownTrackers {
  readonly #home: KnownTrackersHome;
  readonly #path: string;

  constructor(home: KnownTrackersHome) {
    this.#home = home;
    this.#path = home.knownTrackersPath;
  }

  /** How the tracker at this address was met, if it ever was. @throws StorageError */
  async howMet(tracker: PeerAddress): Promise<Meeting | undefined> {
    return (await this.#find(addressText(tracker))) ?? this.#fromLogin(addressText(tracker));
  }

  /** Where the tracker is, if this home knows exactly one: at least one address, or none. @throws StorageError */
  async onlyOne(): Promise<readonly PeerAddress[]> {
    const lines = (await this.#read()).split('\n');
    const entries = lines.flatMap((text, index) => this.#parseLine(text, index + 1) ?? []);
    if (new Set(entries.map(({ trackerId }) => trackerId)).size !== 1) return [];
    const texts = [...new Set(entries.map(({ tracker }) => tracker))];
    return texts.flatMap((text) => addressOf(text) ?? []).slice(0, MAX_TRACKER_ADDRESSES);
  }

  /**
   * Accepts what a tracker shows when it is what it showed before, or notes it at the first meeting.
   * @throws TrackerError IDENTITY_CHANGED when it is not
   */
  async check(tracker: PeerAddress, shown: TrackerIdentity): Promise<CheckedMeeting> {
    const name = addressText(tracker);
    const before = await this.#find(name);
    if (before) return { ...this.#judge(before, shown), isFirst: false };
    const fromLogin = await this.#fromLogin(name);
    if (fromLogin) this.#judge(fromLogin, shown);
    await this.#append(`${name} ${shown.isVouched ? AUTHORITY : shown.deviceId}\n`);
    // Looked up again after a first meeting: of two processes that note at once, the first wins.
    const noted = await this.#find(name);
    if (noted === undefined) throw this.#unreadable('it lost a line');
    return { ...this.#judge(noted, shown), isFirst: fromLogin === undefined };
  }

  /** The same before it is noted: whether it is not another one than before. @throws TrackerError IDENTITY_CHANGED */
  async judge(tracker: PeerAddress, shown: TrackerIdentity): Promise<void> {
    const name = addressText(tracker);
    const before = (await this.#find(name)) ?? (await this.#fromLogin(name));
    if (before) this.#judge(before, shown);
  }

  #judge(entry: Entry, { deviceId, isVouched, flaw }: TrackerIdentity): Meeting {
    const { how, trackerId } = entry;
    if (how === 'key' && trackerId !== deviceId) throw this.#keyChanged(entry, deviceId);
    if (how === 'authority' && !isVouched) throw this.#noLongerVouched(entry, deviceId, flaw);
    return { how, trackerId };
  }

  async #find(name: string): Promise<Entry | undefined> {
    const lines = (await this.#read()).split('\n');
    for (const [index, text] of lines.entries()) {
      const entry = this.#parseLine(text, index + 1);
      if (entry?.tracker === name) return entry;
    }
    return undefined;
  }

  /** Blank lines and comments are the user's; anything else must be an entry. */
  #parseLine(text: string, line: number): Entry | undefined {
    const trimmed = text.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return undefined;
    const [tracker = '', ...words] = trimmed.split(/\s+/);
    const [first, second] = words;
    if (words.length === 1 && isSha256Hex(first)) {
      return { line, tracker, how: 'key', trackerId: first };
    }
    if (words.length === 1 && first === AUTHORITY) {
      return { line, tracker, how: 'authority', trackerId: tracker };
    }
    if (words.length === 2 && first === AUTHORITY && isSha256Hex(second)) {
      return { line, tracker, how: 'authority', trackerId: second };
    }
    throw this.#unreadable(`line ${line} is damaged; remove that line and try again`);
  }

  /**
   * Versions before this file knew authorities noted nothing of a tracker that one vouched for; a
   * login of theirs names such a tracker by its address.
   */
  async #fromLogin(name: string): Promise<Entry | undefined> {
    // Whoever needs the login hears what is wrong with it.
    const login = await readSession(this.#home).catch(() => undefined);
    if (login?.trackerId !== name || addressText(login.tracker) !== name) return undefined;
    return { line: undefined, tracker: name, how: 'authority', trackerId: name };
  }

  async #read(): Promise<string> {
    await stateFileAt(this.#path, 'the list of known trackers', 'read');
    try {
      return await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw toStorageError(error, `cannot read the known trackers ${this.#path}`, 'read');
    }
  }

  async #append(line: string): Promise<void> {
    try {
      const file = await open(this.#path, 'a', KNOWN_TRACKERS_MODE);
      try {
        // An editor may have left the last line open.
        const before = await readFile(this.#path, 'utf8');
        const separator = before === '' || before.endsWith('\n') ? '' : '\n';
        await file.appendFile(separator + line);
        await file.sync();
        if (before === '') await syncFolder(dirname(this.#path));
      } finally {
        await file.close();
      }
    } catch (error) {
      throw toStorageError(error, `cannot write the known trackers ${this.#path}`);
    }
  }

  #unreadable(why: string): StorageError {
    return new StorageError('IO_ERROR', `cannot read the known trackers ${this.#path}: ${why}`);
  }

  #keyChanged({ tracker, trackerId, line }: Entry, deviceId: string): TrackerError {
    return new TrackerError(
      'IDENTITY_CHANGED',
      `the tracker at ${tracker} shows another key than before (known SHA256:${trackerId}, ` +
        `now SHA256:${deviceId}): someone may be listening in between, or it was set up anew; ` +
        `if you expect the change, remove line ${line} of ${this.#path} and try again`,
    );
  }

  #noLongerVouched({ tracker, line }: Entry, deviceId: string, flaw = 'unknown'): TrackerError {
    const clock = FLAWS_OF_TIME.has(flaw) ? ', the clock of this machine is wrong' : '';
    const noted = line === undefined ? 'log out' : `remove line ${line} of ${this.#path}`;
    return new TrackerError(
      'IDENTITY_CHANGED',
      `no authority vouches any more for the tracker at ${tracker} (${flaw}, ` +
        `now SHA256:${deviceId}): someone may be listening in between, its certificate has run out${clock}, ` +
        `or this machine lacks the authority; if you expect the change, ${noted} and try again`,
    );
  }
}

/** What `addressText` made a text of. */
function addressOf(text: string): PeerAddress | undefined {
  const [, host = '', port] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  return host === '' ? undefined : { host, port: Number(port) };
}
