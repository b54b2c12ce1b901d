/**
 * Which process made something, as a name of a file can say it: its pid, when it began, and where pids mean what
 * they mean here (the start of the machine and the namespace). A pid alone says little: in a container it is always
 * alive, and another container that shares the folder has other processes under the same ones. Owns no state.
 */
import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { processStat } from './process-stat.js';

/** What becomes of the maker: `unknown` is one that cannot be seen from here, and may run. */
export type MakerState = 'runs' | 'ended' | 'unknown';

/** A mark within a text. */
export const PROCESS_MARK = /\d{1,10}-\d{1,20}-[0-9a-f]{8}/;

/** The mark of this process. */
export async function ownMark(): Promise<string> {
  const stat = await processStat(process.pid);
  return `${process.pid}-${stat?.startTicks ?? '0'}-${await placeOfPids()}`;
}

/** Whether the process of a mark still runs. */
export async function makerState(mark: string): Promise<MakerState> {
  const [pid = '', startTicks, place] = mark.split('-');
  if (place !== (await placeOfPids())) return 'unknown';
  if (!isThere(Number(pid))) return 'ended';
  const stat = await processStat(Number(pid));
  // Where the system does not tell, a process that is there is taken for the one that is meant.
  if (stat === undefined) return 'runs';
  return stat.startTicks === startTicks && stat.state !== 'Z' ? 'runs' : 'ended';
}

async function placeOfPids(): Promise<string> {
  const start = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return createHash('sha256').update(`${start.trim()} ${namespace}`).digest('hex').slice(0, 8);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
