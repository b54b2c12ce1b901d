/**
 * The list of downloads that is drawn again and again, and the keys of whoever looks at it. Owns the choice and what
 * keys have begun. Life: looking <-> waiting -> left, by a key, by the signal, or because no client stays.
 */
import { P2pError, UsageError } from '../../net/errors.js';
import { DOWNLOAD_TIMEOUT_MS, MAX_KEYS_AT_WORK } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { DownloadProgress } from '../api/progress.js';
import { spokenIn } from '../cli/command-table.js';
import type { CommandContext } from '../cli/command.js';
import type { Overview } from '../terminal/output.js';
import { withSpokenCommands } from '../terminal/spoken-commands.js';
import { BegunWork } from './begun-work.js';
import {
  afterKey,
  keysLine,
  nothingDone,
  NOTHING_CHOSEN,
  withRows,
  type WatchEffect,
} from './watch-keys.js';

/** Between two looks; more often shows nothing new. */
const WATCH_INTERVAL_MS = 1_000;

type Doable = Exclude<WatchEffect, { kind: 'leave' }>;

/** Why the last key did nothing: `refused` is said by how its row stands when it is drawn, by `text` where it is gone. */
type Notice =
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'refused'; readonly effect: Doable; readonly text: string };

export interface WatchView {
  /** What somebody looks at stands first, because a screen has an end. */
  readonly inOrder: (downloads: readonly DownloadProgress[]) => readonly DownloadProgress[];
  readonly overviewOf: (downloads: readonly DownloadProgress[]) => Overview;
}

type Context = Pick<
  CommandContext,
  'engine' | 'out' | 'signal' | 'isEngineHere' | 'isEngineStaying' | 'hearKeys' | 'isYes'
>;

/**
 * Until somebody leaves, or until nothing can change any more because no client stays. Answers what was resumed by a
 * key and would end with this command.
 */
export async function watchDownloads(context: Context, view: WatchView): Promise<BegunWork> {
  const watched = new WatchedDownloads(context, view);
  // Keys mean nothing in what is drawn only once.
  const keys = context.isEngineHere
    ? undefined
    : context.hearKeys?.((key) => void watched.onKey(key));
  try {
    await watched.untilLeft(keys !== undefined);
    return watched.begun;
  } finally {
    keys?.close();
  }
}

class WatchedDownloads {
  readonly #context: Context;
  readonly #view: WatchView;
  #rows: readonly DownloadProgress[] = [];
  #choice = NOTHING_CHOSEN;
  #notice: Notice | undefined;
  #isLeft = false;
  /** What keys have begun, one after another. */
  #work: Promise<void> = Promise.resolve();
  #atWork = 0;
  #fault: { readonly error: unknown } | undefined;
  readonly #begun: BegunWork;
  #wake: () => void = () => undefined;

  constructor(context: Context, view: WatchView) {
    this.#context = context;
    this.#view = view;
    this.#begun = new BegunWork(context, (error) => {
      this.#fault = { error };
      this.#wake();
    });
  }

  get begun(): BegunWork {
    return this.#begun;
  }

  async untilLeft(hasKeys: boolean): Promise<void> {
    const { signal, isEngineHere } = this.#context;
    for (;;) {
      await this.#look();
      if (!this.#draw(hasKeys && !this.#isLeft))
        throw new UsageError('--watch draws on a terminal; in a pipe say p2p downloads --json');
      if (isEngineHere || this.#isLeft) return;
      await untilAborted(signal, this.#untilNextLook());
      // What was typed before is done; the last drawing, which stays, shows it.
      if (this.#isLeft) await untilAborted(signal, this.#work);
      if (this.#fault) throw this.#fault.error;
    }
  }

  onKey(key: string): void {
    if (this.#isLeft) return;
    const { choice, effect } = afterKey(this.#choice, this.#ids(), key, this.#context.isYes);
    this.#choice = choice;
    this.#notice = undefined;
    if (effect) this.#apply(effect);
    if (!this.#isLeft) this.#draw(true);
  }

  async #look(): Promise<void> {
    const { engine, signal } = this.#context;
    this.#rows = this.#view.inOrder(await untilAborted(signal, engine.downloads()));
    this.#choice = withRows(this.#choice, this.#ids());
  }

  #ids(): readonly string[] {
    return this.#rows.map(({ id }) => id);
  }

  #draw(hasKeys: boolean): boolean {
    const overview = this.#view.overviewOf(this.#rows);
    if (!hasKeys) return this.#context.out.live(overview);
    const { id, index } = this.#choice;
    const chosen = id === undefined ? undefined : index;
    return this.#context.out.live(overview, { chosen, foot: this.#foot() });
  }

  #foot(): string {
    const { kind, index } = this.#choice;
    const chosen = this.#rows[index];
    // The question stands before the name: a line ends where the screen does.
    if (kind === 'confirming')
      return `cancel it, and remove what is here? [y/N] ${chosen?.fileName ?? ''}`;
    return this.#notice === undefined ? keysLine(chosen) : this.#textOf(this.#notice);
  }

  /** In keys, not in commands, where a key was pressed that means nothing for its row. */
  #textOf(notice: Notice): string {
    if (notice.kind === 'said') return notice.text;
    const { kind, id } = notice.effect;
    const row = this.#rows.find((one) => one.id === id);
    return row === undefined ? notice.text : nothingDone(kind, row);
  }

  #untilNextLook(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#isLeft ? 0 : WATCH_INTERVAL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #apply(effect: WatchEffect): void {
    if (effect.kind === 'leave') {
      this.#isLeft = true;
      return this.#wake();
    }
    if (this.#atWork >= MAX_KEYS_AT_WORK) {
      this.#notice = { kind: 'said', text: 'busy with the keys before it' };
      return;
    }
    this.#atWork++;
    this.#work = this.#work.then(() => this.#carryOut(effect));
  }

  async #carryOut(effect: Doable): Promise<void> {
    const { engine } = this.#context;
    const { id } = effect;
    try {
      switch (effect.kind) {
        case 'pause':
          await engine.pauseDownloads({ id });
          break;
        case 'resume':
          await this.#resume(id);
          break;
        case 'cancel':
          await engine.cancelDownloads({ id, keepsPart: false });
          break;
        case 'move':
          await engine.moveDownloads({ id, to: effect.to });
      }
    } catch (error) {
      if (error instanceof P2pError) this.#notice = noticeOf(error, effect);
      else this.#fault = { error };
    } finally {
      this.#atWork--;
      this.#wake();
    }
  }

  async #resume(id: string): Promise<void> {
    const { engine, isEngineStaying } = this.#context;
    const timeoutMs = isEngineStaying ? 0 : DOWNLOAD_TIMEOUT_MS;
    const resumed = await engine.resumeDownloads({ id, timeoutMs });
    if (isEngineStaying) return;
    for (const one of resumed) if (one.error === undefined) this.#begun.onResumed(one);
  }
}

function noticeOf({ code, message }: P2pError, effect: Doable): Notice {
  const text = withSpokenCommands(message, spokenIn('one-shot'));
  return code === 'NO_SUCH_DOWNLOAD' ? { kind: 'refused', effect, text } : { kind: 'said', text };
}
