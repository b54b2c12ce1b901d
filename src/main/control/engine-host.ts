/**
 * An engine of this process together with the control socket through which the commands of
 * other processes reach it. Life: opened -> (the engine takes the home's lock -> control
 * socket open) -> idle -> closed. Every process that has an engine has it in one of these.
 */
import type { ClientEventListener } from '../api/client-events.js';
import type { Engine, EngineOptions } from '../api/engine-api.js';
import type { ControlServer } from './control-server.js';
import type { Parts } from '../cli/process-context.js';
import { engineCommandNamed, runCommand } from '../commands/run-command.js';

export interface EngineHostOptions {
  readonly parts: Parts;
  readonly engine: Omit<EngineOptions, 'onLocked' | 'isStaying'>;
  /** The engine outlives the commands of others (`serve`, `client`). */
  readonly isEngineStaying: boolean;
  /** Hears what happens in the engine, and to its control socket. */
  readonly onEvent: ClientEventListener;
}

/** Owns one engine and its control socket. */
export class EngineHost {
  readonly engine: Engine;
  readonly #options: EngineHostOptions;
  /** Set when the home's lock is ours; settled when the socket is open. */
  #control: Promise<ControlServer | undefined> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(engine: Engine, options: EngineHostOptions) {
    this.engine = engine;
    this.#options = options;
  }

  /** Opens an engine; the control socket follows as soon as the engine has the home's lock. */
  static async open(options: EngineHostOptions): Promise<EngineHost> {
    const opened: { host?: EngineHost } = {};
    const onLocked = (): void => void opened.host?.openControl();
    const isStaying = options.isEngineStaying;
    const engine = await options.parts.openEngine({ ...options.engine, isStaying, onLocked });
    engine.events(options.onEvent);
    opened.host = new EngineHost(engine, options);
    return opened.host;
  }

  /** Opens the control socket, once; resolves when it is open. The home's lock must be ours. */
  async openControl(): Promise<void> {
    if (this.#closing !== undefined) return;
    this.#control ??= this.#startControl();
    await this.#control;
  }

  /** Resolves when no command of another process is running here. */
  async whenIdle(): Promise<void> {
    await (await this.#control)?.whenIdle();
  }

  /** Ends the commands of others, then the engine. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await (await this.#control)?.close();
    } finally {
      await this.engine.close();
    }
  }

  async #startControl(): Promise<ControlServer | undefined> {
    const { startControlServer } = await import('./control-server.js');
    const { onEvent, engine } = this.#options;
    try {
      return await startControlServer(engine.home.socketPath, {
        run: (params, out, signal) => {
          const { engine } = this;
          const { isEngineStaying } = this.#options;
          const context = { engine, out, signal, isEngineStaying };
          return runCommand(engineCommandNamed(params.verb), context, params);
        },
        onUnforeseen: (error) => {
          const { stack } = error as { stack?: unknown };
          onEvent({ type: 'control-fault', detail: String(stack ?? error) });
        },
      });
    } catch (error) {
      // The engine works without; only other processes have to wait for it.
      onEvent({ type: 'control-unavailable', reason: (error as Error).message });
      return undefined;
    }
  }
}
