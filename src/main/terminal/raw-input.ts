/**
 * A question on a terminal whose keys are read raw: nothing typed is shown, and the terminal edits nothing. Leaves
 * the input as it was, however it ends: by an answer, by Ctrl-C, or because the command is to end.
 */
import type { InputStream, OutputStream } from './environment.js';

export interface RawTerminal {
  readonly stdin: InputStream;
  readonly output: OutputStream;
  /** Ends the asking, with its reason. */
  readonly signal: AbortSignal;
}

/** What comes of a question. */
export type RawOutcome<T> = { readonly answer: T } | { readonly error: Error };

export interface RawQuestion<T> {
  readonly text: string;
  /** Takes what was typed; answers once that is enough. */
  readonly onKeys: (bytes: Buffer | string) => RawOutcome<T> | undefined;
  /** The same at the end of the input. */
  readonly onEnd: () => RawOutcome<T>;
}

/** Rejects with the error that came of it, or with the reason of the signal. */
export async function askRaw<T>(terminal: RawTerminal, question: RawQuestion<T>): Promise<T> {
  const { stdin, output, signal } = terminal;
  signal.throwIfAborted();
  const wasRaw = stdin.isRaw === true;
  output.write(question.text);
  stdin.setRawMode?.(true);
  try {
    return await answerTo(question, stdin, signal);
  } finally {
    stdin.setRawMode?.(wasRaw);
    if (!wasRaw) stdin.pause();
    output.write('\n');
  }
}

function answerTo<T>(
  { onKeys, onEnd }: RawQuestion<T>,
  stdin: InputStream,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: RawOutcome<T> | undefined): void => {
      if (outcome === undefined) return;
      stdin.off('data', onData).off('end', onInputEnd);
      signal.removeEventListener('abort', onAbort);
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.answer);
    };
    const onData = (bytes: Buffer | string): void => settle(onKeys(bytes));
    const onInputEnd = (): void => settle(onEnd());
    const onAbort = (): void => settle({ error: signal.reason as Error });
    stdin.on('data', onData).once('end', onInputEnd);
    signal.addEventListener('abort', onAbort, { once: true });
    stdin.resume();
  });
}
