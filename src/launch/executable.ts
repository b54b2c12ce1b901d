/**
 * What the single executable runs: it unpacks the program where that is not done yet, and goes on as bin/p2p.js.
 * The program starts processes of its own as `EXECUTABLE SCRIPT WORD...`, as Node would be; such a script is that of
 * this executable, whichever one was named, so that services go on after it was replaced.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { getRawAsset } from 'node:sea';
import { ownScript, unpackedFolder, type PackedProgram } from './unpacked-folder.js';

const PROGRAM = 'bin/p2p.js';
/** As for whatever a disk refuses. */
const STORAGE_STATUS = 7;

function packedProgram(): PackedProgram {
  const read = (path: string): Uint8Array => new Uint8Array(getRawAsset(path) as ArrayBuffer);
  const list = Buffer.from(read('files.json')).toString('utf8');
  return { ...(JSON.parse(list) as Pick<PackedProgram, 'id' | 'files'>), read };
}

function run(): void {
  const program = packedProgram();
  let folder: string;
  try {
    folder = unpackedFolder(program, process.env);
  } catch (error) {
    const { message } = error as Error;
    process.stderr.write(
      `error: the program cannot be unpacked: ${message}; name a folder of your own with XDG_CACHE_HOME\n`,
    );
    process.exitCode = STORAGE_STATUS;
    return;
  }
  // The executable stands twice before the words.
  const [executable = '', , ...words] = process.argv;
  const own = ownScript(words[0], program);
  const script = join(folder, own ?? PROGRAM);
  process.argv = [executable, script, ...(own === undefined ? words : words.slice(1))];
  createRequire(script)(script);
}

run();
