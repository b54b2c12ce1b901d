/**
 * What a command line finds around itself: streams, variables, working folder. Handed in
 * rather than taken from `process`, so that tests can run a command with streams of their own.
 */
import type { Readable, Writable } from 'node:stream';
import { backgroundSurroundings } from '../background/background-surroundings.js';
import type { Supervisor } from '../background/supervisor.js';
import { systemdSupervisor } from '../background/systemd-supervisor.js';
import { presentFolder } from '../../net/present-folder.js';

/** A stream to read from that may be a terminal. */
export type InputStream = Readable & {
  readonly isTTY?: boolean;
  readonly isRaw?: boolean;
  setRawMode?(isRaw: boolean): unknown;
};

/** A stream to write to that may be a terminal; `columns` is its width in cells, `rows` its height. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** Where a terminal does not say how large it is (some say 0). */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** The width of a terminal in cells. */
export function columnsOf({ columns = 0 }: OutputStream): number {
  return columns === 0 ? DEFAULT_COLUMNS : columns;
}

/** The height of a terminal in lines. */
export function rowsOf({ rows = 0 }: OutputStream): number {
  return rows === 0 ? DEFAULT_ROWS : rows;
}

/**
 * Has a stream know how large its terminal is just now. By itself Node hears of a new size only in the turn after one in
 * which a timer may have drawn into it; a terminal of Node has a method for this that its types do not know.
 */
export function refreshSize(stream: OutputStream): void {
  (stream as { readonly _refreshSize?: () => void })._refreshSize?.();
}

/** The surroundings of one run of `p2p`. */
export interface Environment {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths of arguments start here. */
  readonly cwd: string;
  /** Nobody is asked anything, terminal or not. @default false */
  readonly asksNobody?: boolean;
  /** Whoever waits to hear how far this process is. @default nobody */
  readonly supervisor?: Supervisor;
}

/** True when somebody sits at one of the streams. */
export function isAnyTerminal({ stdin, stdout, stderr }: Environment): boolean {
  return [stdin, stdout, stderr].some(({ isTTY }) => isTTY === true);
}

/** True when somebody sits there who may be asked, and who ends what takes too long. */
export function isAttendedAt(environment: Environment): boolean {
  const isBuildServer = isSet(environment.env['CI']);
  return isAnyTerminal(environment) && environment.asksNobody !== true && !isBuildServer;
}

/** True when what is printed may be drawn over: a terminal that understands escape sequences. */
export function canRedraw(environment: Environment): boolean {
  const { stdout, stderr, env } = environment;
  return (
    stdout.isTTY === true && stderr.isTTY === true && isSteerable(environment) && !isSet(env['CI'])
  );
}

/** True unless the terminal, if there is one, says that it understands nothing but text. */
export function isSteerable({ env }: Pick<Environment, 'env'>): boolean {
  return env['TERM'] !== 'dumb';
}

/** As most programs read such a variable. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value);
}

/** The surroundings of this process. */
export function processEnvironment(): Environment {
  const { stdin, stdout, stderr, env } = process;
  const around = { stdin, env, cwd: presentFolder() };
  const background = backgroundSurroundings(env, process);
  if (background === undefined) {
    const supervisor = systemdSupervisor(env, process.pid);
    return { ...around, stdout, stderr, ...(supervisor && { supervisor }) };
  }
  const { log, supervisor } = background;
  return { ...around, stdout: log, stderr: log, supervisor };
}
