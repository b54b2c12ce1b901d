/**
 * Counts what the tracker does, for `GET /metrics`. Owns the page of its figures; names only methods that exist, so that
 * no client can make it grow.
 */
import type { EventLoopDelay } from '../net/figures/event-loop-delay.js';
import { FigurePage, type Figure } from '../net/figures/figure-page.js';

/** Upper bounds of the latency buckets, seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class Metrics {
  readonly #page: FigurePage;
  readonly #requests;
  /** By method and result, not on the page yet. */
  readonly #answered = new Map<string, Map<string, number>>();
  readonly #events;
  readonly #durations;
  readonly #waits;
  readonly #commits;
  readonly #heldUp;

  constructor(eventLoop?: EventLoopDelay) {
    const page = new FigurePage('p2p_tracker_', eventLoop);
    this.#page = page;
    this.#requests = page.counter('requests_total', {
      help: 'Answered requests by method and result',
      labelNames: ['method', 'result'],
    });
    this.#events = page.counter('events_total', {
      help: 'Logins, failures, lock-outs, kicks, bounds reached',
      labelNames: ['event'],
    });
    const histogram = (name: string, help: string) => page.histogram(name, { help }, BUCKETS);
    this.#durations = page.gathered(
      'request_duration_seconds',
      { help: 'Time from a request to its answer', label: 'method' },
      BUCKETS,
    );
    this.#waits = histogram('turn_wait_seconds', 'Time for which a request waited for its turn');
    this.#commits = histogram(
      'commit_duration_seconds',
      'Time in which changes reached the disk, a sync of it included',
    );
    this.#heldUp = histogram(
      'log_hold_seconds',
      'Time for which changes waited until the log of the database began anew',
    );
  }

  /** Records one answered request. */
  onAnswered(method: string, result: string, seconds: number): void {
    const results = this.#answered.get(method) ?? new Map<string, number>();
    this.#answered.set(method, results.set(result, (results.get(result) ?? 0) + 1));
    this.#durations.observe(method, seconds);
  }

  /** Counts something that happened; kinds are fixed phrases. */
  onEvent(kind: string): void {
    this.#events.inc({ event: kind });
  }

  /** A turn begins that has waited for so long. */
  onTurn(waitedMs: number): void {
    this.#waits.observe(waitedMs / 1000);
  }

  /** Changes are on the disk, which took so long. */
  onCommitted(tookMs: number): void {
    this.#commits.observe(tookMs / 1000);
  }

  /** Changes have waited so long until the log of the database had begun anew. */
  onHeldUp(tookMs: number): void {
    this.#heldUp.observe(tookMs / 1000);
  }

  /** Everything in the text format of Prometheus (version 0.0.4). */
  render(figures: readonly Figure[]): Promise<string> {
    for (const [method, results] of this.#answered) {
      for (const [result, count] of results) this.#requests.inc({ method, result }, count);
    }
    this.#answered.clear();
    return this.#page.render(figures);
  }

  close(): void {
    this.#page.close();
  }
}
