/** Standard input and output of a command, for the content of files; only a process of its own has them to give. */
import { UsageError } from '../../net/errors.js';
import { Spool } from '../home/spool.js';
import type { Home } from '../home/home.js';
import type { Environment } from '../terminal/environment.js';
import { ContentOutput } from './content-output.js';
import { takeIntoSpool, type HashOfInput } from './spool-input.js';

export interface Pipes {
  /** Where what passes lies meanwhile. */
  readonly spool: Spool;
  /** @throws UsageError on a terminal: the bytes of others must not steer it */
  output(): ContentOutput;
  /**
   * All that comes, in a new file of the spool; answers its path. `hash` has pieces of the file that grows hashed.
   * @throws StorageError, or the signal's reason
   */
  input(signal: AbortSignal, onBytes: (bytes: number) => void, hash: HashOfInput): Promise<string>;
}

/** The pipes of a process. */
export function pipesOf(
  { stdin, stdout }: Pick<Environment, 'stdin' | 'stdout'>,
  { spoolPath }: Pick<Home, 'spoolPath'>,
): Pipes {
  const spool = new Spool(spoolPath);
  return {
    spool,
    output: () => {
      if (stdout.isTTY === true) throw onTerminal();
      return new ContentOutput(stdout);
    },
    input: (signal, onBytes, hash) => takeIntoSpool(spool, { input: stdin, onBytes, hash }, signal),
  };
}

function onTerminal(): UsageError {
  return new UsageError(
    'standard output is a terminal, which is no place for the bytes of a file; lead it into a program or a file',
  );
}
