/**
 * What a process in the background tells the command that started it, until that has heard enough: over Node's
 * channel between parent and child. Owns the channel on the child's side.
 */
import type { WireError } from '../../net/errors.js';
import type { LauncherMessage } from './launcher-message.js';
import type { ReadyNews, Supervisor } from './supervisor.js';

/** Names the log of a process that is in the background; set for that process alone. */
export const LOG_PATH_VARIABLE = 'P2P_BACKGROUND_LOG';

/** Set besides for one that only goes on with what others wait for: how many commands that are. */
export const TAKE_OVER_VARIABLE = 'P2P_BACKGROUND_TAKES_OVER';

/** Node's channel to the parent, as far as it is used. */
export interface ParentChannel {
  readonly connected?: boolean;
  send?(message: LauncherMessage, onSent: () => void): unknown;
  disconnect?(): void;
}

export class LauncherChannel implements Supervisor {
  readonly isInBackground = true;
  readonly takesOver: number;
  readonly #parent: ParentChannel;

  constructor(parent: ParentChannel, takesOver: number) {
    this.#parent = parent;
    this.takesOver = takesOver;
  }

  /** Hands on a line of the log, as long as somebody listens. */
  said(line: string): void {
    this.#send({ type: 'said', line });
  }

  waiting(line: string): void {
    this.#send({ type: 'waiting', line });
  }

  ready({ line, value }: ReadyNews): void {
    this.#sendLast({ type: 'ready', line, value: { ...value } });
  }

  /** The error as data; the line that the log gets of it is not sent besides. */
  failed({ code, message }: WireError): void {
    this.#sendLast({ type: 'failed', error: { code, message } });
  }

  #sendLast(news: LauncherMessage): void {
    this.#send(news);
    if (this.#parent.connected) this.#parent.disconnect?.();
  }

  #send(news: LauncherMessage): void {
    // A parent that has gone has heard enough.
    if (this.#parent.connected) this.#parent.send?.(news, () => undefined);
  }
}
