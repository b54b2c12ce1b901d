/**
 * Takes its standard input, which is a pipe, into the folder that it is told; says how much is written, and how it
 * ended. The second word is what it does when it hears of the first bytes.
 */
import { readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { takeInput } from '../../../src/main/pipes/content-input.js';
import { pipedInputOf, type PipedInput } from '../../../src/main/pipes/piped-input.js';
import { CancelledError, P2pError } from '../../../src/net/errors.js';
import { INPUT_AHEAD_BYTES } from '../../../src/net/limits.js';

const [folder = '', what = ''] = process.argv.slice(2);
const place = { taking: join(folder, 'input.taking'), path: join(folder, 'input') };
const stopping = new AbortController();
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function onWritten(bytes: number): void {
  say(`written ${bytes}`);
  // By then the thread waits in its next read.
  if (what === 'exit') setTimeout(() => process.exit(3), 300);
  const interrupted = new CancelledError('interrupted', 'INTERRUPTED');
  if (what === 'end') setTimeout(() => stopping.abort(interrupted), 300);
}

const follower = {
  onWritten,
  finish: () => Promise.resolve(),
  settled: () => Promise.resolve(),
};

/** Hears of nothing for as long as the thread takes more, and says how much it took before and in all. */
async function takeHeld(input: PipedInput): Promise<void> {
  const file = await open(place.path, 'wx');
  let most = 0;
  let heard = 0;
  await input.takeInto({
    fd: file.fd,
    path: place.path,
    onWritten: async (bytes) => {
      most = Math.max(most, bytes - heard);
      while (heard === 0 && statSync(place.path).size < INPUT_AHEAD_BYTES) await pause(5);
      await pause(200);
      most = Math.max(most, statSync(place.path).size - heard);
      heard = bytes;
    },
  });
  await file.close();
  say(`most ${most}`);
  say(`whole ${heard}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function take(): Promise<void> {
  if (what !== 'held') return takeInput(process.stdin, place, stopping.signal, follower);
  const input = pipedInputOf(process.stdin);
  if (!input) throw new Error('no pipe');
  return takeHeld(input);
}

take().then(
  () => say('ended'),
  (error: unknown) => {
    say(error instanceof P2pError ? error.code : String(error));
    say(`left ${readdirSync(folder).length}`);
  },
);
