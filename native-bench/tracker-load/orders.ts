/** What the benchmark and its load-making processes say to each other, a line of JSON each. */
import type { LoadKind } from './requests.js';

/** Where the load goes. */
export type LoadTarget = 'product' | 'rival';

export type Order =
  /** Connects clients, as many at a time; they log in, go online and announce what they offer. */
  | {
      readonly order: 'open';
      readonly target: LoadTarget;
      readonly port: number;
      readonly count: number;
      readonly atATime: number;
      /** Only logs in. @default false */
      readonly isQuiet?: boolean;
      /** Announces what it offers once it is online. @default true */
      readonly announces?: boolean;
    }
  /** Each of the first clients asks, hears the answer, and asks again, for so long. */
  | {
      readonly order: 'loop';
      readonly kind: LoadKind;
      readonly count: number;
      readonly forMs: number;
      readonly seed: number;
      /** So many of them, the last ones, share instead, and are left out of the times. @default none */
      readonly sharers?: number;
    }
  /** The first clients announce and watch one file, all at once. */
  | { readonly order: 'crowd'; readonly count: number; readonly file: number }
  /**
   * A client asks for tickets one after the other, and another one shares, until a third one has left its group and made
   * one of the same id.
   */
  | {
      readonly order: 'leave';
      readonly who: number;
      readonly bystander: number;
      readonly sharer: number;
    }
  /** From now on clients whose connection ends come back as the product's do. */
  | { readonly order: 'comeBack' }
  /** Answered when all are back. */
  | { readonly order: 'untilBack' }
  /** Ends one client's connection. */
  | { readonly order: 'drop'; readonly who: number }
  | { readonly order: 'close' };

/** What an order came to. */
export interface OrderResult {
  readonly requests: number;
  readonly errors: number;
  /** Of these, attempts to connect that were told to come back. */
  readonly sentBack: number;
  /** Of these, attempts to connect whose time was over. */
  readonly late: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Of the process that makes the load. */
  readonly cpuMs: number;
  /** Files that were shared beside. */
  readonly shares?: number;
  /** When the one who leaves had its answer, and the longest that one who shares waited meanwhile. */
  readonly leftMs?: number;
  readonly longestShareMs?: number;
  /** The first refusal, for people. */
  readonly refusal?: string;
}

export type Reply = OrderResult | { readonly failure: string };
