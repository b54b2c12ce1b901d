/**
 * Whose password is hashed next. Logins go before new accounts, because whoever has an account
 * should not wait for those who make one; every fourth turn is a new account's all the same. Logins that are doubted
 * (login-throttle.ts) go behind other logins, and have every fourth turn too: guessers of many addresses wait for themselves.
 * Among each it is one neighbourhood of addresses after the other, in it one address after the other, and a connection has
 * one password at a time.
 * At the bound a crowd goes first, which is a neighbourhood with more than its share: it, or in it the address with most
 * waiting, loses the newest. Where there is none a doubted login makes room for whoever is not, and a new account for a
 * login. Among its kind no neighbourhood loses what is in its share.
 */
import { bug, TrackerError } from '../../net/errors.js';
import { MAX_PASSWORD_QUEUE, PASSWORD_SHARE_PER_NEIGHBOURHOOD } from '../../net/limits.js';
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

const SHARE = PASSWORD_SHARE_PER_NEIGHBOURHOOD;

type Lane = PasswordKind | 'doubted';

interface Waiting {
  readonly begin: () => void;
  readonly refuse: (error: TrackerError) => void;
}

/** Who goes first in one turn after the other. */
const TURNS: readonly (readonly Lane[])[] = [
  ['login', 'doubted', 'account'],
  ['doubted', 'login', 'account'],
  ['login', 'doubted', 'account'],
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
    if (this.size >= MAX_PASSWORD_QUEUE && !this.#makesRoom(lane, network)) throw busy();
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

  /** Takes a place from somebody who waits; false when all of them may keep theirs. */
  #makesRoom(lane: Lane, network: string): boolean {
    switch (lane) {
      case 'login':
        return this.#makesRoomForLogin(network);
      case 'account':
        return this.#makesRoomForAccount(network);
      case 'doubted':
        return this.#makesRoomForDoubted(network);
    }
  }

  #makesRoomForLogin(network: string): boolean {
    const { login, account, doubted } = this.#waiting;
    // Or one neighbourhood that logs in and in would throw all others out.
    const isFlood = crowdOf(login) > Math.max(SHARE, account.size + doubted.size);
    if (isFlood) return dropAmong(login, network);
    return (
      dropCrowd(doubted, crowdOf(account)) ||
      dropCrowd(account) ||
      dropAny(doubted) ||
      dropAny(account) ||
      dropAmong(login, network)
    );
  }

  #makesRoomForAccount(network: string): boolean {
    const { account, doubted } = this.#waiting;
    if (dropCrowd(doubted, crowdOf(account))) return true;
    const isFlood = crowdOf(account) > SHARE;
    return (!isFlood && dropAny(doubted)) || dropAmong(account, network);
  }

  #makesRoomForDoubted(network: string): boolean {
    const { account, doubted } = this.#waiting;
    return dropAmong(doubted, network) || dropCrowd(account, doubted.sizeAround(network) + 1);
  }
}

/** What the busiest neighbourhood has waiting. */
function crowdOf(queue: NeighbourQueue<Waiting>): number {
  return queue.busiest()?.count ?? 0;
}

/** Drops one of the busiest neighbourhood if that has more than a share, and more than `most`. */
function dropCrowd(queue: NeighbourQueue<Waiting>, most = 0): boolean {
  return crowdOf(queue) > Math.max(SHARE, most) && dropAny(queue);
}

/** Drops one of who has more than a share, and more than a newcomer at `network` would have. */
function dropAmong(queue: NeighbourQueue<Waiting>, network: string): boolean {
  if (dropCrowd(queue, queue.sizeAround(network) + 1)) return true;
  const neighbour = queue.busiestAround(network);
  if (!neighbour || neighbour.count <= Math.max(SHARE, queue.sizeOf(network) + 1)) return false;
  return drop(queue, neighbour);
}

/** Drops one of the busiest neighbourhood, if there is any. */
function dropAny(queue: NeighbourQueue<Waiting>): boolean {
  const busiest = queue.busiest();
  return busiest !== undefined && drop(queue, busiest);
}

function drop(queue: NeighbourQueue<Waiting>, { network }: Busiest): true {
  const { refuse } = queue.pop(network) ?? bug('the busiest has nothing');
  refuse(busy());
  return true;
}

function busy(): TrackerError {
  return new TrackerError('BUSY', 'too many people log in right now; try again in a moment');
}
