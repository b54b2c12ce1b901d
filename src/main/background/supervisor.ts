/**
 * Whoever started this process and waits to hear how far it is: a command that put it into the background.
 * What is said to nobody is not heard.
 */

/** What is true once it does its work. */
export interface ReadyNews {
  /** For people, in one line. */
  readonly line: string;
  /** For programs. */
  readonly value: Readonly<Record<string, unknown>>;
}

export interface Supervisor {
  /** No terminal has it; `down` ends it. */
  readonly isInBackground: boolean;
  /** It only goes on with what others wait for, and ends with that. */
  readonly takesOver: boolean;
  /** Hears once that the work is done from now on. */
  ready(news: ReadyNews): void;
  /** Hears what it waits for before it can be ready. */
  waiting(line: string): void;
}

/** Started by somebody who looks at what it prints, or by nobody. */
export const NO_SUPERVISOR: Supervisor = {
  isInBackground: false,
  takesOver: false,
  ready: () => undefined,
  waiting: () => undefined,
};
