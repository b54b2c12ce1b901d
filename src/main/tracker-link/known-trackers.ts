/**
 * The trackers this home knows, and the key each had when it was first met: one line
 * `host:port sha256-of-its-key` per tracker, like ssh's known_hosts. Trust on first use; a
 * changed key is refused until the user removes the line. Lines are only ever appended here.
 */
import { open, readFile } from 'node:fs/promises';
import { isSha256Hex } from '../../net/description.js';
import { StorageError, TrackerError, toStorageError } from '../../net/errors.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { addressText } from './address-text.js';
import type { Home } from '../home/home.js';

const PIN_FILE_MODE = 0o600;

interface Pin {
  readonly line: number;
  readonly tracker: string;
  readonly deviceId: string;
}

/** The pins of one home. */
export class KnownTrackers {
  readonly #path: string;

  constructor(home: Pick<Home, 'knownTrackersPath'>) {
    this.#path = home.knownTrackersPath;
  }

  /** The device id that is pinned for this address, if any. @throws StorageError */
  async pinOf(tracker: PeerAddress): Promise<string | undefined> {
    return (await this.#find(addressText(tracker)))?.deviceId;
  }

  /**
   * Accepts a tracker's key when it is the pinned one, or pins it at the first meeting.
   * @throws TrackerError IDENTITY_CHANGED when another key is pinned for this address
   */
  async check(tracker: PeerAddress, deviceId: string): Promise<void> {
    const name = addressText(tracker);
    if (!(await this.#find(name))) await this.#append(`${name} ${deviceId}\n`);
    // Looked up again after a first meeting: of two processes that pin at once, the first wins.
    const pin = await this.#find(name);
    if (pin === undefined) throw this.#unreadable('it lost a line');
    if (pin.deviceId !== deviceId) throw this.#identityChanged(pin, deviceId);
  }

  async #find(name: string): Promise<Pin | undefined> {
    const lines = (await this.#read()).split('\n');
    for (const [index, text] of lines.entries()) {
      const pin = this.#parseLine(text, index + 1);
      if (pin?.tracker === name) return pin;
    }
    return undefined;
  }

  /** Blank lines and comments are the user's; anything else must be a pin. */
  #parseLine(text: string, line: number): Pin | undefined {
    const trimmed = text.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return undefined;
    const [tracker, deviceId, ...rest] = trimmed.split(/\s+/);
    if (tracker === undefined || !isSha256Hex(deviceId) || rest.length > 0) {
      throw this.#unreadable(`line ${line} is damaged; remove that line and try again`);
    }
    return { line, tracker, deviceId };
  }

  async #read(): Promise<string> {
    try {
      return await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw toStorageError(error, `cannot read the known trackers ${this.#path}`);
    }
  }

  async #append(line: string): Promise<void> {
    try {
      const file = await open(this.#path, 'a', PIN_FILE_MODE);
      try {
        // An editor may have left the last line open.
        const before = await readFile(this.#path, 'utf8');
        const separator = before === '' || before.endsWith('\n') ? '' : '\n';
        await file.appendFile(separator + line);
        await file.sync();
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

  #identityChanged(pin: Pin, deviceId: string): TrackerError {
    return new TrackerError(
      'IDENTITY_CHANGED',
      `the tracker at ${pin.tracker} shows another key than before (known SHA256:${pin.deviceId}, ` +
        `now SHA256:${deviceId}): someone may be listening in between, or it was set up anew; ` +
        `if you expect the change, remove line ${pin.line} of ${this.#path} and try again`,
    );
  }
}
