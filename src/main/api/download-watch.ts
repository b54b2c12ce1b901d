/**
 * Looks now and then at what an engine of this process downloads, for somebody who watches it on a terminal.
 * Life: looking → closed.
 */
import { crash, detach } from '../../net/detach.js';
import { P2pError } from '../../net/errors.js';
import type { EngineApi } from './engine-api.js';
import type { DownloadProgress } from './progress.js';

/** While something moves. */
const LOOK_INTERVAL_MS = 1_000;
/** So much longer while nothing does: a look reads the list of all downloads. */
const IDLE_FACTOR = 5;

const UNDER_WAY: ReadonlySet<DownloadProgress['state']> = new Set([
  ...(['checking', 'copying', 'downloading', 'finishing'] as const),
]);

export class DownloadWatch {
  readonly #engine: Pick<EngineApi, 'downloads'>;
  readonly #onLook: (running: readonly DownloadProgress[]) => void;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isAnyRunning = false;

  /** `onLook` hears of those that move, and once when none does any more. */
  constructor(
    engine: Pick<EngineApi, 'downloads'>,
    onLook: (running: readonly DownloadProgress[]) => void,
    intervalMs = LOOK_INTERVAL_MS,
  ) {
    this.#engine = engine;
    this.#intervalMs = intervalMs;
    this.#onLook = onLook;
    this.#lookLater();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    const delayMs = this.#intervalMs * (this.#isAnyRunning ? 1 : IDLE_FACTOR);
    this.#timer = setTimeout(() => detach(() => this.#look(), crash), delayMs);
  }

  async #look(): Promise<void> {
    const running = await this.#running();
    if (this.#isClosed) return;
    if (running.length > 0 || this.#isAnyRunning) this.#onLook(running);
    this.#isAnyRunning = running.length > 0;
    this.#lookLater();
  }

  /** Without a login there are none, and an engine that closes tells of none. */
  async #running(): Promise<DownloadProgress[]> {
    try {
      return (await this.#engine.downloads()).filter(({ state }) => UNDER_WAY.has(state));
    } catch (error) {
      if (error instanceof P2pError) return [];
      throw error;
    }
  }
}
