/**
 * What an operator wants to see of those who come: logins, failures, lock-outs, groups that are made, joined
 * and left by force, bounds that were reached. Each is counted for `GET /metrics`, and logged as one line per minute, kind and
 * address, so that a flood of them is a line and no flood. Owns one timer while there is something
 * to say; remembers a bounded number of addresses a minute, the rest count together.
 */
import { ACTIVITY_INTERVAL_MS, MAX_ACTIVITY_ENTRIES } from '../net/limits.js';
import type { Clock } from './clock.js';
import type { Log, LogEntry } from './log.js';

export type ActivityKind =
  | 'login'
  | 'login failed'
  | 'locked out'
  | 'group created'
  | 'join requested'
  | 'member accepted'
  | 'member kicked'
  | 'user banned'
  | 'role given'
  | 'bound reached'
  | 'connection dropped'
  | 'newcomer sent back'
  | 'client let go';

const levels: Readonly<Record<ActivityKind, LogEntry['level']>> = {
  login: 'info',
  'login failed': 'warn',
  'locked out': 'warn',
  'group created': 'info',
  'join requested': 'info',
  'member accepted': 'info',
  'member kicked': 'info',
  'user banned': 'info',
  'role given': 'info',
  'bound reached': 'warn',
  'connection dropped': 'warn',
  'newcomer sent back': 'warn',
  'client let go': 'warn',
};

/** What happened when a request was carried out; the others are of no interest. */
const happenings: ReadonlyMap<string, ActivityKind> = new Map([
  ['login', 'login'],
  ['createGroup', 'group created'],
  ['joinGroup', 'join requested'],
  ['acceptRequest', 'member accepted'],
  ['kick', 'member kicked'],
  ['ban', 'user banned'],
  ['setRole', 'role given'],
]);

/** Stands for all addresses beyond those that are remembered. */
const OTHERS = 'others';

interface Gathered {
  readonly kind: ActivityKind;
  readonly address: string;
  /** What it was about: a method with the code of its refusal. */
  readonly about: string | undefined;
  count: number;
}

export interface ActivityOptions {
  readonly clock: Pick<Clock, 'delay'>;
  readonly log: Log;
  /** Counts one of them. */
  readonly onEvent: (kind: ActivityKind) => void;
}

export class Activity {
  readonly #options: ActivityOptions;
  readonly #gathered = new Map<string, Gathered>();
  #cancelDelay: (() => void) | undefined;

  constructor(options: ActivityOptions) {
    this.#options = options;
  }

  /** Something happened because of somebody at this address. */
  note(kind: ActivityKind, address: string, about?: string): void {
    const { clock, onEvent } = this.#options;
    onEvent(kind);
    const isFull = this.#gathered.size >= MAX_ACTIVITY_ENTRIES;
    const key = keyOf(kind, address, about);
    if (this.#gathered.has(key) || !isFull) this.#count(kind, address, about);
    else this.#count(kind, OTHERS, undefined);
    this.#cancelDelay ??= clock.delay(() => this.flush(), ACTIVITY_INTERVAL_MS);
  }

  /** The outcome of a request: `ok` or an error code. */
  onAnswered(method: string, result: string, address: string): void {
    const happened = result === 'ok' ? happenings.get(method) : undefined;
    if (happened !== undefined) this.note(happened, address);
    else if (result === 'WRONG_PASSWORD') this.note('login failed', address);
    else if (result === 'TOO_MANY_ATTEMPTS') this.note('locked out', address, method);
    else if (result === 'LIMIT_REACHED' || result === 'BUSY') {
      this.note('bound reached', address, `${method} ${result}`);
    }
  }

  /** Logs what was gathered so far. */
  flush(): void {
    this.#cancelDelay?.();
    this.#cancelDelay = undefined;
    for (const { kind, address, about, count } of this.#gathered.values()) {
      this.#options.log({ level: levels[kind], event: kind, fields: { address, about, count } });
    }
    this.#gathered.clear();
  }

  #count(kind: ActivityKind, address: string, about: string | undefined): void {
    const key = keyOf(kind, address, about);
    const present = this.#gathered.get(key) ?? { kind, address, about, count: 0 };
    present.count++;
    this.#gathered.set(key, present);
  }
}

function keyOf(kind: ActivityKind, address: string, about = ''): string {
  return `${kind} ${about} ${address}`;
}
