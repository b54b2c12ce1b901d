/**
 * The line of a download whose peers cannot be reached: who they are, where they were looked for, and the
 * way out. It is said once, soon enough that nobody wonders, and the download goes on trying. Pure; the
 * clock is handed in.
 */
import { display } from '../../net/display.js';
import { UNREACHED_NEWS_LEAST_MS, UNREACHED_NEWS_MS } from '../../net/limits.js';
import type { DownloadProgress, PeerProgress } from '../api/progress.js';

/** Peers that are named; a line is to be read. */
const NAMED = 3;

export class UnreachedNews {
  readonly #nowMs: () => number;
  /** Since when somebody waits for the command. */
  readonly #begunMs: number;
  /** Since when nobody has been reached; undefined while that is not to be said. */
  #sinceMs: number | undefined;
  #isOver = false;

  constructor(nowMs: () => number, begunMs: number) {
    this.#nowMs = nowMs;
    this.#begunMs = begunMs;
  }

  /** What there is to say now, once. */
  lineFor({ state, peers }: DownloadProgress): string | undefined {
    if (this.#isOver) return undefined;
    const isWaiting = state === 'downloading' && peers.length > 0;
    if (isWaiting && !peers.every(isUnreached)) this.#isOver = true;
    if (!isWaiting || this.#isOver) return undefined;
    const nowMs = this.#nowMs();
    this.#sinceMs ??= nowMs;
    const isKnownLong = nowMs - this.#sinceMs >= UNREACHED_NEWS_LEAST_MS;
    if (!isKnownLong || nowMs - this.#begunMs < UNREACHED_NEWS_MS) return undefined;
    this.#isOver = true;
    return unreachedLine(peers);
  }
}

function isUnreached({ state, bytes }: PeerProgress): boolean {
  return bytes === 0 && (state === 'connecting' || state === 'gone');
}

function unreachedLine(peers: readonly PeerProgress[]): string {
  const named = peers.slice(0, NAMED).map(placeOf).join('; ');
  const more = peers.length > NAMED ? `; and ${peers.length - NAMED} more` : '';
  const users = [...new Set(peers.slice(0, NAMED).map(({ userId }) => display(userId)))];
  const who = users.length === 1 ? users[0] : users.join(' or ');
  return `nobody who has it can be reached yet: ${named}${more}; ask ${who} to let the port through, or to forward one and say --announce HOST:PORT; the tracker may relay, or a member whom both can dial (tracker --relay RATE, serve --relay RATE); trying on`;
}

function placeOf({ userId, tried = [], reason }: PeerProgress): string {
  const who = display(userId);
  if (tried.length > 0) return `${who} at ${tried.map((text) => display(text)).join(', ')}`;
  const why = reason === undefined ? '' : ` (${reason})`;
  return `${who}, whom the tracker found at no address${why}`;
}
