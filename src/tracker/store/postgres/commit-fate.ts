/**
 * What became of a transaction whose session was lost while it was committed: the server remembers that of each of the
 * last ones, through a crash of its own too. It is asked until it answers, COMMIT_FATE_WAIT_MS at most.
 */
import { COMMIT_FATE_WAIT_MS, DATABASE_RECONNECT_PAUSE_MS } from '../../../net/limits.js';
import type { WorkSession } from './link.js';

/** `unknown` when the server did not answer in time. */
export type Fate = 'committed' | 'undone' | 'unknown';

export interface CommitFateOptions {
  readonly session: () => Promise<Pick<WorkSession, 'connection'>>;
  /** @default a timer */
  readonly pause?: (ms: number) => Promise<void>;
  /** A clock that nobody sets. @default that of the process */
  readonly steadyMs?: () => number;
}

export class CommitFate {
  readonly #options: Required<CommitFateOptions>;

  constructor(options: CommitFateOptions) {
    this.#options = { pause, steadyMs: () => performance.now(), ...options };
  }

  /** Never rejects. `id` is what the server calls the transaction. */
  async of(id: string): Promise<Fate> {
    const { steadyMs } = this.#options;
    const untilMs = steadyMs() + COMMIT_FATE_WAIT_MS;
    do {
      const status = await this.#ask(id).catch(() => undefined);
      if (status === 'committed') return 'committed';
      if (status === 'aborted') return 'undone';
      // Either nobody answers, or the lost session is not ended yet.
      await this.#options.pause(DATABASE_RECONNECT_PAUSE_MS);
    } while (steadyMs() < untilMs);
    return 'unknown';
  }

  async #ask(id: string): Promise<string | undefined> {
    const { connection } = await this.#options.session();
    const { rows } = await connection.query<{ status: string | null }>(
      'SELECT pg_xact_status($1::xid8) AS status',
      [id],
    );
    return rows[0]?.status ?? undefined;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
