/**
 * The threads of libuv in which calls wait that take their time: syncs, above all. They serve the whole
 * process, its transfer threads included, and are made when the first call comes; so whoever wants more
 * says so before that.
 */
import { MAX_SMALL_FILE_SYNCS, MAX_SYNCS_AT_A_TIME, WAITING_THREADS } from './limits.js';

/** Read by libuv, and by whoever else uses it: not ours alone. */
const SIZE_VARIABLE = 'UV_THREADPOOL_SIZE';
/** What libuv has when nobody says otherwise. */
const USUAL_THREADS = 4;
/** What the usual ones bore well. */
const USUAL_SYNCS = 3;
const USUAL_SMALL_FILE_SYNCS = 4;

/** Syncs that may run at a time, so that other work finds a thread as well. */
export interface SyncShares {
  /** Of part files and folders, in the whole process. */
  readonly main: number;
  /** Of small files, in all transfer threads together. */
  readonly smallFiles: number;
}

/** Asks for as many as the program needs, unless its user has said how many there are. */
export function askForWaitingThreads(environment: NodeJS.ProcessEnv): void {
  environment[SIZE_VARIABLE] ??= String(WAITING_THREADS);
}

/** Of a process with this environment: a quarter of its threads for one kind of sync, two thirds for the other. */
export function syncShares(environment: NodeJS.ProcessEnv = process.env): SyncShares {
  const threads = Math.floor(Number(environment[SIZE_VARIABLE])) || USUAL_THREADS;
  return {
    main: within(USUAL_SYNCS, threads / 4, MAX_SYNCS_AT_A_TIME),
    smallFiles: within(USUAL_SMALL_FILE_SYNCS, (threads * 2) / 3, MAX_SMALL_FILE_SYNCS),
  };
}

function within(least: number, wanted: number, most: number): number {
  return Math.min(most, Math.max(least, Math.floor(wanted)));
}
