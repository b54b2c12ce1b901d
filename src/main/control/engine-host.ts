/**
 * An engine of this process together with the control socket through which the commands of
 * other processes reach it. Life: opened -> (the engine takes the home's lock -> control
 * socket open) -> idle -> closed. Every process that has an engine has it in one of these.
 */
import { crash, detach } from '../../net/detach.js';
import { P2pError } from '../../net/errors.js';
import { systemFaultOf } from '../../net/system-errors.js';
import type { ClientEvent, ClientEventListener, EventScope } from '../api/client-events.js';
import type { DownloadProgress } from '../api/progress.js';
import type { Engine, EngineOptions } from '../api/engine.js';
import type { Home } from '../home/home.js';
import type { ControlServer } from './control-server.js';
import { watchHalts } from './halts.js';

/** Hears what happens in an engine, and has something done about it. */
export interface EngineWatcher {
  onDownloadEnded(progress: DownloadProgress): void;
  onEvent(event: ClientEvent): void;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface EngineHostOptions {
  readonly openEngine: (options: EngineOptions) => Promise<Engine>;
  readonly engine: Omit<EngineOptions, 'onLocked' | 'isStaying' | 'onDownloadEnded'>;
  /** The engine outlives the commands of others (`serve`, `client`). */
  readonly isEngineStaying: boolean;
  /** No terminal has this process, and `down` ends it. @default false */
  readonly isInBackground?: boolean;
  /** Another engine wants the home. @default nobody gets it */
  readonly onMakeRoom?: () => void;
  /** Hears what happens in the engine, and to its control socket. */
  readonly onEvent: ClientEventListener;
  /** How much of it. @default 'news' */
  readonly hears?: EventScope;
  /** Closed beside the engine. @default nobody */
  readonly watcher?: EngineWatcher;
}

/** Owns one engine and its control socket. */
export class EngineHost {
  readonly engine: Engine;
  readonly #options: EngineHostOptions;
  /** Set when the home's lock is ours; settled when the socket is open. */
  #control: Promise<ControlServer | undefined> | undefined;
  /** Set while callers are told of Ctrl-Z here. */
  #endHaltWatch: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  private constructor(engine: Engine, options: EngineHostOptions) {
    this.engine = engine;
    this.#options = options;
  }

  get home(): Home {
    return this.#options.engine.home;
  }

  /** Opens an engine; the control socket follows as soon as the engine has the home's lock. */
  static async open(options: EngineHostOptions): Promise<EngineHost> {
    const opened: { host?: EngineHost } = {};
    const onLocked = (): void => detach(async () => opened.host?.openControl(), crash);
    const isStaying = options.isEngineStaying;
    const { watcher } = options;
    const watched = watcher && {
      onDownloadEnded: (progress: DownloadProgress) => watcher.onDownloadEnded(progress),
    };
    const engine = await options.openEngine({ ...options.engine, isStaying, onLocked, ...watched });
    engine.events(options.onEvent, options.hears);
    if (watcher) engine.events((event) => watcher.onEvent(event));
    opened.host = new EngineHost(engine, options);
    return opened.host;
  }

  /** Opens the control socket, once; resolves when it is open. The home's lock must be ours. */
  async openControl(): Promise<void> {
    if (this.#closing !== undefined) return;
    this.#control ??= this.#startControl();
    await this.#control;
  }

  /** The control socket, once it is open; undefined when there is none, and so nobody who uses it. */
  async control(): Promise<ControlServer | undefined> {
    return this.#control;
  }

  /** Ends what runs for others, then the engine. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Side by side: what it has run is asked to end now, and not when the time to close is over.
    const unwatched = this.#options.watcher?.close();
    try {
      const control = await this.#control;
      this.#endHaltWatch?.();
      await control?.close();
    } finally {
      await Promise.all([this.engine.close(), unwatched]);
    }
  }

  async #startControl(): Promise<ControlServer | undefined> {
    const { startControlServer } = await import('./control-server.js');
    const { onEvent, engine, isEngineStaying, isInBackground = false } = this.#options;
    try {
      const control = await startControlServer(engine.home.socketPath, {
        engine: this.engine,
        isEngineStaying,
        isInBackground,
        // Whoever watches the signals of this process closes everything.
        onEndAsked: () => void process.emit('SIGTERM', 'SIGTERM'),
        onMakeRoom: this.#options.onMakeRoom,
        onUnforeseen: (error) => {
          const { stack } = error as { stack?: unknown };
          onEvent({ type: 'control-fault', detail: String(stack ?? error) });
        },
      });
      this.#endHaltWatch = watchHalts((isHalted) => control.tellHalted(isHalted));
      return control;
    } catch (error) {
      // The engine works without; only other processes have to wait for it.
      onEvent({ type: 'control-unavailable', reason: reasonOf(error) });
      return undefined;
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof P2pError ? error.message : systemFaultOf(error, 'create').advice;
}
