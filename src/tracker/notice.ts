/** What one or many sessions are told: written once, and only if one of them is still there. */
import { encodeNotification } from '../net/json-rpc-message.js';
import type { TrackerNotification, TrackerNotifications } from '../net/tracker-api.js';
import { textFrame } from './text-frame.js';

export class Notice<N extends TrackerNotification = TrackerNotification> {
  readonly name: N;
  readonly params: TrackerNotifications[N];
  #text: string | undefined;
  #frame: Buffer | undefined;

  constructor(name: N, params: TrackerNotifications[N]) {
    this.name = name;
    this.params = params;
  }

  get text(): string {
    return (this.#text ??= encodeNotification(this.name, this.params));
  }

  /** The same as a frame, for who writes to the socket itself. */
  get frame(): Buffer {
    return (this.#frame ??= textFrame(this.text));
  }
}
