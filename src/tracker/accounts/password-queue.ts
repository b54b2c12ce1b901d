/**
 * Whose password is hashed next. Logins go before new accounts, because whoever has an account
 * should not wait for those who make one; every fourth turn is a new account's all the same. Logins that are doubted
 * (login-throttle.ts) come last, and have every fourth turn too: guessers of many addresses wait for themselves.
 * Among each it is one neighbourhood of addresses after the other, in it one address after the other, and a connection has
 * one password at a time.
 * At the bound a doubted one makes room for whoever is not; else the neighbourhood, or in it the address, with most waiting
 * loses the newest, but never what is in its own share.
 */
import { bug, TrackerError } from '../../net/errors.js';
import { MAX_PASSWORD_QUEUE, PASSWORD_SHARE_PER_ADDRESS } from '../../net/limits.js';
import { NeighbourQueue, type Busiest } from './neighbour-queue.js';

/** Who asks for a password to be hashed. */
export interface PasswordAsker {
  /** The network of the address, see net/network-of.ts. */
  readonly network: string;
  /** Stands for the connection. */
  readonly connection: object;
  /** A login that lets others go first. @default false */
  readonly isDoubted?: boolean;
}

export type PasswordKind = 'login' | 'account';

type Lane = PasswordKind | 'doubted';

interface Waiting {
  readonly begin: () => void;
  readonly refuse: (error: TrackerError) => void;
}

/** Who goes first in one turn after the other. */
const TURNS: readonly (readonly Lane[])[] = [
  ['login', 'account', 'doubted'],
  ['doubted', 'login', 'account'],
  ['login', 'account', 'doubted'],
  ['account', 'login', 'doubted'],
];

export class PasswordQueue {
  readonly #waiting: Readonly<Record<Lane, NeighbourQueue<Waiting>>> = {
    login: new NeighbourQueue(),
    account: new NeighbourQueue(),
    doubted: new NeighbourQueue(),
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
    return this.#running + this.#waitingCount;
  }

  /** Runs `work` when it is its turn. @throws TrackerError BUSY, TOO_MANY_ATTEMPTS */
  async run<T>(kind: PasswordKind, asker: PasswordAsker, work: () => Promise<T>): Promise<T> {
    const { connection, network, isDoubted = false } = asker;
    const lane = kind === 'login' && isDoubted ? 'doubted' : kind;
    if (this.#connections.has(connection)) {
      throw new TrackerError('TOO_MANY_ATTEMPTS', 'one password at a time; wait for the answer');
    }
    if (this.size >= MAX_PASSWORD_QUEUE) this.#makeRoom(lane, network);
    this.#connections.add(connection);
    try {
      await this.#turn(lane, network);
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
    for (const queue of Object.values(this.#waiting)) {
      for (let next = queue.shift(); next; next = queue.shift()) next.refuse(busy());
    }
  }

  get #waitingCount(): number {
    const { login, account, doubted } = this.#waiting;
    return login.size + account.size + doubted.size;
  }

  #turn(lane: Lane, network: string): Promise<void> {
    return new Promise((begin, refuse) => {
      this.#waiting[lane].push(network, { begin, refuse });
      this.#beginNext();
    });
  }

  #beginNext(): void {
    while (this.#running < this.#width && this.#waitingCount > 0) {
      const lanes = TURNS[this.#turns++ % TURNS.length]!;
      const lane = lanes.find((one) => this.#waiting[one].size > 0) ?? bug('nothing waits');
      this.#running++;
      this.#waiting[lane].shift()!.begin();
    }
  }

  /** Takes the place of one that is doubted, of a new account, or of whoever has more than a share. @throws BUSY */
  #makeRoom(lane: Lane, network: string): void {
    const { account, doubted } = this.#waiting;
    if (lane !== 'doubted' && doubted.size > 0) return drop(doubted, doubted.busiest());
    if (lane === 'login' && account.size > 0) return drop(account, account.busiest());
    const queue = this.#waiting[lane];
    const share = PASSWORD_SHARE_PER_ADDRESS;
    const busiest = queue.busiest();
    if (busiest && busiest.count > Math.max(share, queue.sizeAround(network) + 1)) {
      return drop(queue, busiest);
    }
    const neighbour = queue.busiestAround(network);
    if (!neighbour || neighbour.count <= Math.max(share, queue.sizeOf(network) + 1)) throw busy();
    drop(queue, neighbour);
  }
}

function drop(queue: NeighbourQueue<Waiting>, from: Busiest | undefined): void {
  if (from) queue.pop(from.network)?.refuse(busy());
}

function busy(): TrackerError {
  return new TrackerError('BUSY', 'too many people log in right now; try again in a moment');
}
