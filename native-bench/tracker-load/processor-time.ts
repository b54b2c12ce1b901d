/** Processor time of a process that is measured, from /proc: what compares on a machine with other work. */
import { readFileSync } from 'node:fs';

/** USER_HZ, which is 100 wherever Node runs on Linux. */
const MS_PER_TICK = 10;
/** Fields behind the name of the program, which may have blanks and brackets in it. */
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;

/** Milliseconds of all its threads. */
export function processorMs(pid: number): number {
  return processorMsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** The same from the text of `/proc/PID/stat`. */
export function processorMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD])) * MS_PER_TICK;
}
