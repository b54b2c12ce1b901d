/** What the system tells of a process. Owns nothing; where there is no /proc it tells less, and nothing is an error. */
import { readFile } from 'node:fs/promises';

/** Of a line of /proc: `state` is one letter, `startTicks` the moment in which it began, since the machine did. */
export interface ProcessStat {
  readonly state: string;
  readonly startTicks: string;
}

/** Where the fields that follow the name begin to count. */
const STATE_FIELD = 0;
const START_FIELD = 19;

/** Undefined where the system does not tell, or there is no such process. */
export async function processStat(pid: number): Promise<ProcessStat | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // After the name, in which anything may stand.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[STATE_FIELD], fields[START_FIELD]];
  return state && startTicks !== undefined ? { state, startTicks } : undefined;
}
