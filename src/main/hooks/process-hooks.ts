/**
 * The hooks of a process that has an engine: what its files of settings have run for whatever happens in that engine,
 * whoever asked for it, and what was typed in their place. A download is complete in one engine, so that its hook runs
 * once, also when other commands wait for it or it was handed over. Owns the runners; loads nothing before
 * something happens.
 */
import {
  MAX_HOOKS_AT_A_TIME,
  MAX_HOOKS_WAITING,
  MAX_REQUEST_HOOKS_WAITING,
} from '../../net/limits.js';
import { crash, detach } from '../../net/detach.js';
import { P2pError } from '../../net/errors.js';
import type { ClientEvent } from '../api/client-events.js';
import type { DownloadProgress } from '../api/progress.js';
import {
  textOption,
  type CompleteDownload,
  type DownloadHook,
  type Given,
} from '../cli/command.js';
import type { HookSettings, HookWords } from '../settings/hook-settings.js';
import { hookWords } from '../settings/hook-words.js';
import type { Output } from '../terminal/output.js';
import { furtherWords, hookEnvironment, hookNameOf, type HookEvent } from './hook-event.js';
import { HookRunner, hooksWere } from './hook-runner.js';

export interface ProcessHooksOptions {
  readonly out: Pick<Output, 'note' | 'failure'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homePath: string;
  /** Where a hook that was typed runs. */
  readonly cwd: string;
  /** What was typed instead of `on-complete`: of one command for its own downloads, of a client that stays for all. */
  readonly typed?: { readonly words: HookWords | undefined; readonly isForAll: boolean };
  /** Requests to join have hooks: whoever waits for a command does not wait for what others ask. @default true */
  readonly hearsRequests?: boolean;
  /** @default the files of settings of that environment */
  readonly readSettings?: () => Promise<HookSettings>;
}

/** What it needs of a process. */
interface HookSurroundings {
  readonly out: ProcessHooksOptions['out'];
  readonly environment: Pick<ProcessHooksOptions, 'env' | 'cwd'>;
}

export class ProcessHooks {
  readonly #options: ProcessHooksOptions;
  readonly #ofDownloads: HookRunner;
  /** Others cause them: they must not hold up those of downloads. */
  readonly #ofRequests: HookRunner;
  /** Downloads of the command that has a hook of its own. */
  readonly #own = new Set<string>();
  /** What is being looked up, one after the other, so that the order stays. */
  #looking: Promise<void> = Promise.resolve();
  #lookCount = 0;
  #leftOutCount = 0;
  /** What has happened since the last look began. */
  #unlooked: HookEvent[] = [];
  /** Of those that were looked up while all closed. */
  #lateCount = 0;
  #isClosing = false;
  /** What was said of the settings last. */
  #toldFault = '';

  constructor(options: ProcessHooksOptions) {
    this.#options = options;
    const said = {
      onLine: (line: string) => options.out.note(line),
      onFailure: (line: string) => options.out.failure(`warning: ${line}`),
    };
    const mayWait = MAX_HOOKS_WAITING;
    this.#ofDownloads = new HookRunner({ atATime: MAX_HOOKS_AT_A_TIME, mayWait, ...said });
    this.#ofRequests = new HookRunner({
      ...{ atATime: 1, mayWait: MAX_REQUEST_HOOKS_WAITING, ...said },
    });
  }

  /** For the command that has a hook of its own; undefined where none was typed. */
  get ownHook(): DownloadHook | undefined {
    const { typed, cwd } = this.#options;
    if (typed === undefined || typed.isForAll) return undefined;
    return {
      onStarted: (id) => void this.#own.add(id),
      onComplete: async (done: CompleteDownload) => {
        if (typed.words === undefined) return;
        const { groupId, fileName, path, size } = done;
        const event: HookEvent = { type: 'complete', groupId, fileName, path, size };
        await this.#ofDownloads.runInTurn(this.#jobOf(typed.words, event, cwd));
      },
    };
  }

  /** A download has ended in the engine. */
  readonly onDownloadEnded = (progress: DownloadProgress): void => {
    const { id, state, groupId, fileName, path, size, error } = progress;
    const file = { groupId, fileName, path, size };
    const isOwn = this.#own.delete(id);
    if (state === 'complete' && !isOwn) this.#onEvent({ type: 'complete', ...file });
    if (state === 'failed' && error) this.#onEvent({ type: 'failed', ...file, error });
  };

  /** Something has happened in the engine. */
  onEvent(event: ClientEvent): void {
    const { hearsRequests = true } = this.#options;
    if (event.type !== 'join-request' || !hearsRequests) return;
    const { groupId, userId } = event;
    this.#onEvent({ type: 'request', groupId, userId });
  }

  /** Says what is wrong with the settings, before anything happens. */
  async check(): Promise<void> {
    await this.#settings();
  }

  /** Resolves when all that has happened is done with. */
  async whenIdle(): Promise<void> {
    await this.#looking;
    await Promise.all([this.#ofDownloads.whenIdle(), this.#ofRequests.whenIdle()]);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([this.#looking, this.#ofDownloads.close(), this.#ofRequests.close()]);
    const { out } = this.#options;
    if (this.#lateCount > 0)
      out.failure(`warning: ${hooksWere(this.#lateCount)} not run: this client has ended`);
    this.#lateCount = 0;
  }

  #onEvent(event: HookEvent): void {
    if (this.#isClosing) return;
    const isRequest = event.type === 'request';
    // What is looked up has no place in a queue yet, and is bounded as that is.
    const most = isRequest ? MAX_REQUEST_HOOKS_WAITING : MAX_HOOKS_WAITING;
    if (this.#lookCount >= most) return void this.#leftOutCount++;
    this.#lookCount++;
    this.#unlooked.push(event);
    // The next look, which has not begun, serves this one as well.
    if (this.#unlooked.length > 1) return;
    this.#looking = this.#looking.then(() => this.#look());
    detach(() => this.#looking, crash);
  }

  /** What is read of the settings holds for all that has happened before. */
  async #look(): Promise<void> {
    const events = this.#unlooked;
    this.#unlooked = [];
    let settings: Promise<HookSettings> | undefined;
    for (const event of events) await this.#lookFor(event, () => (settings ??= this.#settings()));
  }

  async #lookFor(event: HookEvent, settings: () => Promise<HookSettings>): Promise<void> {
    const { typed, cwd, homePath } = this.#options;
    try {
      const name = hookNameOf(event);
      const isTyped = typed?.isForAll === true && name === 'on-complete';
      const words = isTyped ? typed.words : (await settings())[name];
      if (words === undefined) return;
      if (this.#isClosing) return void this.#lateCount++;
      const runner = event.type === 'request' ? this.#ofRequests : this.#ofDownloads;
      runner.run(this.#jobOf(words, event, isTyped ? cwd : homePath));
    } finally {
      this.#lookCount--;
      this.#tellLeftOut();
    }
  }

  #tellLeftOut(): void {
    if (this.#lookCount > 0 || this.#leftOutCount === 0) return;
    const left = hooksWere(this.#leftOutCount);
    this.#leftOutCount = 0;
    this.#options.out.failure(`warning: ${left} left out: too many were looked up already`);
  }

  async #settings(): Promise<HookSettings> {
    const { env, out, readSettings = () => settingsOf(env) } = this.#options;
    try {
      const settings = await readSettings();
      this.#toldFault = '';
      return settings;
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      // The same is not said of each download.
      if (this.#toldFault !== error.message) out.failure(`warning: ${error.message}`);
      this.#toldFault = error.message;
      return {};
    }
  }

  #jobOf(words: HookWords, event: HookEvent, cwd: string) {
    const { env, homePath } = this.#options;
    const [program, ...further] = words;
    return {
      event,
      words: [program, ...further, ...furtherWords(event)] as const,
      env: () => hookEnvironment(event, env, homePath),
      cwd,
    };
  }
}

async function settingsOf(env: ProcessHooksOptions['env']): Promise<HookSettings> {
  const { readHookSettings } = await import('../settings/hook-settings.js');
  return readHookSettings(env);
}

/** Those of a process: of a command (`given` has its words) or of a client that stays. @throws UsageError */
export function processHooks(
  { out, environment: { env, cwd } }: HookSurroundings,
  home: { readonly path: string },
  { given, isForAll }: { readonly given: Given; readonly isForAll: boolean },
): ProcessHooks {
  const text = textOption(given, 'on-complete');
  const typed = text === undefined ? {} : { typed: { words: hookWords(text), isForAll } };
  return new ProcessHooks({
    out,
    env,
    cwd,
    homePath: home.path,
    hearsRequests: isForAll,
    ...typed,
  });
}
