/** A page that is made anew only when it is a few seconds old, however many ask. */
import { METRICS_CACHE_MS } from '../limits.js';

/** Who asks hears of a failure; the next one tries anew. */
export function keptPage(
  make: () => Promise<string>,
  steadyMs: () => number,
): () => Promise<string> {
  let page: Promise<string> | undefined;
  let madeAtMs = 0;
  return () => {
    if (page && steadyMs() - madeAtMs < METRICS_CACHE_MS) return page;
    madeAtMs = steadyMs();
    page = make();
    page.catch(() => (page = undefined));
    return page;
  };
}
