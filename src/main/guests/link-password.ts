/**
 * Passwords of links for guests: kept as scrypt makes them (32 MiB, some 0.1 s), looked at one after the other in a
 * thread of Node's own. Owns who waits, who are bounded.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { TrackerError } from '../../net/errors.js';
import { MAX_GUEST_PASSWORDS_WAITING, MiB } from '../../net/limits.js';
import { checkPassword } from '../../net/names.js';
import { Turns } from '../../net/turns.js';

/** As it is kept, both in Base64. */
export interface KeptPassword {
  readonly salt: string;
  readonly hash: string;
}

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * MiB } as const;

export class LinkPasswords {
  readonly #turns = new Turns(1);
  #waiting = 0;

  /** @throws UsageError for one that is none; TrackerError BUSY */
  async keep(password: string): Promise<KeptPassword> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#hash(checkPassword(password), salt);
    return { salt: salt.toString('base64'), hash: hash.toString('base64') };
  }

  /** @throws TrackerError BUSY when many wait */
  async isRight(password: string, kept: KeptPassword): Promise<boolean> {
    const expected = Buffer.from(kept.hash, 'base64');
    const found = await this.#hash(password, Buffer.from(kept.salt, 'base64'));
    return expected.length === found.length && timingSafeEqual(expected, found);
  }

  async #hash(password: string, salt: Buffer): Promise<Buffer> {
    if (this.#waiting >= MAX_GUEST_PASSWORDS_WAITING) {
      throw new TrackerError('BUSY', 'many passwords are being looked at; try again in a moment');
    }
    this.#waiting++;
    try {
      return await this.#turns.take(() => scryptOf(password.normalize('NFC'), salt));
    } finally {
      this.#waiting--;
    }
  }
}

function scryptOf(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, COST, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}
