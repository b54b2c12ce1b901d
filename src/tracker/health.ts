/** Whether a tracker can do its work, for `GET /healthz`: its database answers soon, and it hears of the others. */
import type { Health } from '../net/figures/status-pages.js';
import type { BriefLook } from './brief-look.js';

export interface HealthOptions {
  /** At the database. */
  readonly look: BriefLook<unknown>;
  /** What is known without asking. */
  readonly known: () => Health;
}

/** Answers how it is now; never rejects. */
export function createHealth({ look, known }: HealthOptions): () => Promise<Health> {
  return async () => {
    if (known() === 'not ready') return 'not ready';
    return (await look())?.status === 'fulfilled' ? known() : 'not ready';
  };
}
