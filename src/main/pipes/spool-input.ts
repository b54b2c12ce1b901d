/** Takes an input, as long as it is, into a new file of the home's spool; its pieces are hashed while it comes. */
import type { Spool } from '../home/spool.js';
import type { InputStream } from '../terminal/environment.js';
import { takeInput } from './content-input.js';
import { HashAhead, type RunAhead } from './hash-ahead.js';

/** Has pieces of the file that grows hashed. */
export type HashOfInput = (run: RunAhead & { readonly path: string }) => Promise<void>;

export interface SpooledInput {
  readonly input: InputStream;
  /** So many bytes of it are in the file. */
  readonly onBytes: (bytes: number) => void;
  readonly hash: HashOfInput;
}

/** Answers the path of the whole file; nothing is left of one that fails. @throws P2pError, or the signal's reason */
export async function takeIntoSpool(
  spool: Spool,
  { input, onBytes, hash }: SpooledInput,
  signal: AbortSignal,
): Promise<string> {
  await spool.sweepInputs();
  const place = await spool.newInput();
  const ahead = new HashAhead((run) => hash({ ...run, path: place.taking }));
  const onWritten = (bytes: number): void => {
    onBytes(bytes);
    ahead.onWritten(bytes);
  };
  const finish = (): Promise<void> => ahead.finish();
  await takeInput(input, place, signal, { onWritten, finish, settled: () => ahead.settled() });
  return place.path;
}
