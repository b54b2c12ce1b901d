/**
 * Whether a tracker can do its work, for `GET /healthz`: its database answers, and it hears of the others. One look at the
 * database is under way at a time, for all who ask; one that is silent for HEALTH_WAIT_MS does not answer, until it has.
 */
import type { Health } from '../net/figures/status-pages.js';
import { HEALTH_WAIT_MS } from '../net/limits.js';

export interface HealthOptions {
  /** Settles once the database has answered. */
  readonly look: () => Promise<unknown>;
  /** What is known without asking. */
  readonly known: () => Health;
  /** @default HEALTH_WAIT_MS */
  readonly waitMs?: number;
}

/** Answers how it is now; never rejects. */
export function createHealth({
  look,
  known,
  waitMs = HEALTH_WAIT_MS,
}: HealthOptions): () => Promise<Health> {
  let answering: Promise<boolean> | undefined;
  const isAnswered = (): Promise<boolean> =>
    new Promise((resolve) => {
      const silent = setTimeout(() => resolve(false), waitMs);
      const end = (isWell: boolean): void => {
        clearTimeout(silent);
        answering = undefined;
        resolve(isWell);
      };
      look().then(
        () => end(true),
        () => end(false),
      );
    });
  return async () => {
    if (known() === 'not ready') return 'not ready';
    return (await (answering ??= isAnswered())) ? known() : 'not ready';
  };
}
