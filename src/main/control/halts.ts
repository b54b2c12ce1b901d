/**
 * Ctrl-Z, as an engine that works for other processes has to take it: they are told before everything here
 * stands still, and once it goes on. SIGSTOP cannot be heard; whoever comes then finds `isHalted`.
 */
import { readFile } from 'node:fs/promises';
import { processStat } from '../home/process-stat.js';

/** A system that has no reason to halt this process (nobody could continue it) lets it run on. */
const SETTLED_MS = 100;

/** Calls `tell` before this process is halted by Ctrl-Z, and when it goes on. Answers how to end that. */
export function watchHalts(tell: (isHalted: boolean) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onHalt = (): void => {
    process.off('SIGTSTP', onHalt);
    tell(true);
    // Time stands still meanwhile.
    timer = setTimeout(() => {
      process.on('SIGTSTP', onHalt);
      tell(false);
    }, SETTLED_MS);
    // Nobody listens for it now, so that it does what it always does; another listener sends it again itself.
    if (process.listenerCount('SIGTSTP') === 0) process.kill(process.pid, 'SIGTSTP');
  };
  process.on('SIGTSTP', onHalt);
  return () => {
    clearTimeout(timer);
    process.off('SIGTSTP', onHalt);
  };
}

/** The pid in a file, if that process is halted now; undefined too where the system does not tell. */
export async function haltedPid(pidPath: string): Promise<number | undefined> {
  const pid = Number.parseInt(await read(pidPath), 10);
  if (Number.isNaN(pid)) return undefined;
  return (await stateOf(pid)) === 'T' ? pid : undefined;
}

/** True once that process has ended, also where nobody has taken note of it yet. */
export async function isGone(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return (await stateOf(pid)) === 'Z';
}

async function stateOf(pid: number): Promise<string | undefined> {
  return (await processStat(pid))?.state;
}

function read(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '');
}
