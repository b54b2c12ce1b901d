/**
 * Whose password is hashed next. Logins go before new accounts, because whoever has an account
 * should not wait for those who make one; every fourth turn is a new account's all the same.
 * Among either it is one address after the other, and a connection has one password at a time.
 * At the bound who has most waiting loses the newest, but never what is in their own share.
 */
import { bug, TrackerError } from '../../net/errors.js';
import { MAX_PASSWORD_QUEUE, PASSWORD_SHARE_PER_ADDRESS } from '../../net/limits.js';
import { FairQueue } from '../fair-queue.js';

/** Who asks for a password to be hashed. */
export interface PasswordAsker {
  /** The network of the address, see net/network-of.ts. */
  readonly network: string;
  /** Stands for the connection. */
  readonly connection: object;
}

export type PasswordKind = 'login' | 'account';

interface Waiting {
  readonly begin: () => void;
  readonly refuse: (error: TrackerError) => void;
}

/** Of so many turns one is a new account's. */
const ACCOUNT_TURN = 4;

export class PasswordQueue {
  readonly #waiting: Readonly<Record<PasswordKind, FairQueue<Waiting>>> = {
    login: new FairQueue(),
    account: new FairQueue(),
  };
  /** Connections with a password that waits or is being hashed. */
  readonly #connections = new Set<object>();
  readonly #width: number;
  #running = 0;
  #turns = 0;

  /** `width`: passwords that are hashed at the same time. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Passwords that wait or are being hashed. */
  get size(): number {
    return this.#running + this.#waiting.login.size + this.#waiting.account.size;
  }

  /** Runs `work` when it is its turn. @throws TrackerError BUSY, TOO_MANY_ATTEMPTS */
  async run<T>(kind: PasswordKind, asker: PasswordAsker, work: () => Promise<T>): Promise<T> {
    const { connection, network } = asker;
    if (this.#connections.has(connection)) {
      throw new TrackerError('TOO_MANY_ATTEMPTS', 'one password at a time; wait for the answer');
    }
    if (this.size >= MAX_PASSWORD_QUEUE) this.#makeRoom(kind, network);
    this.#connections.add(connection);
    try {
      await this.#turn(kind, network);
    } catch (error) {
      this.#connections.delete(connection);
      throw error;
    }
    try {
      return await work();
    } finally {
      this.#connections.delete(connection);
      this.#running--;
      this.#beginNext();
    }
  }

  /** Refuses everything that waits. */
  close(): void {
    for (const queue of [this.#waiting.login, this.#waiting.account]) {
      for (let next = queue.shift(); next; next = queue.shift()) next.refuse(busy());
    }
  }

  #turn(kind: PasswordKind, network: string): Promise<void> {
    return new Promise((begin, refuse) => {
      this.#waiting[kind].push(network, { begin, refuse });
      this.#beginNext();
    });
  }

  #beginNext(): void {
    const { login, account } = this.#waiting;
    while (this.#running < this.#width && login.size + account.size > 0) {
      const isAccountTurn = ++this.#turns % ACCOUNT_TURN === 0;
      const first = isAccountTurn ? account.shift() : login.shift();
      const next = first ?? login.shift() ?? account.shift() ?? bug('nothing waits');
      this.#running++;
      next.begin();
    }
  }

  /** Takes the place of a new account, or of whoever has more than a share. @throws BUSY */
  #makeRoom(kind: PasswordKind, network: string): void {
    const { account } = this.#waiting;
    if (kind === 'login' && account.size > 0) return drop(account, account.busiest());
    const queue = this.#waiting[kind];
    const busiest = queue.busiest();
    const own = queue.sizeOf(network) + 1;
    if (!busiest || busiest.count <= Math.max(PASSWORD_SHARE_PER_ADDRESS, own)) throw busy();
    drop(queue, busiest);
  }
}

function drop(queue: FairQueue<Waiting>, from: { party: string } | undefined): void {
  if (from) queue.pop(from.party)?.refuse(busy());
}

function busy(): TrackerError {
  return new TrackerError('BUSY', 'too many people log in right now; try again in a moment');
}
