/**
 * How something that happens looks for programs: one object on one line, with what it is, the version of all these
 * shapes and when it was. Which keys it has is said by src/main/answers; docs/json.md is made of that.
 */
import type { ClientEvent } from '../api/client-events.js';
import { jsonText, type Answer } from './answer-json.js';

/** Raised when a key is taken away or means something else; one more key, or event, is no change. */
export const EVENT_VERSION = 1;

/** What a command tells of itself, beside what happens in its client. */
export type CommandEvent =
  /** A remark for people. */
  | { readonly type: 'notice'; readonly message: string }
  /** A command that stays is at work. */
  | { readonly type: 'ready'; readonly answer: Answer }
  /** The last of all: what `--json` would print. */
  | { readonly type: 'result'; readonly status: number; readonly answer: Answer };

/** An event as the line that is printed; `atMs` in milliseconds since 1970. */
export function eventText({ type, ...facts }: ClientEvent | CommandEvent, atMs: number): string {
  return jsonText({ event: type, v: EVENT_VERSION, time: atMs, ...facts });
}
