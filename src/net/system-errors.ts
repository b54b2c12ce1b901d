/**
 * What the operating system and SQLite may answer, as a code and as a sentence that says what to
 * do. One table for every call: nothing in it is left to reach a user as an internal error.
 * Pure; errors.ts makes its errors of it.
 */

import { getSystemErrorName } from 'node:util';
import { hasSpareDescriptors } from './spare-descriptor.js';

/** The codes of errors.ts that a failed call of the system can have. */
export type SystemCode =
  | 'DISK_FULL'
  | 'FILE_TOO_LARGE'
  | 'FILE_NOT_FOUND'
  | 'IO_ERROR'
  | 'NO_DESTINATION'
  | 'PERMISSION_DENIED'
  | 'SYSTEM_LIMIT';

/** What was to be done: the same answer means another thing to who reads than to who writes. */
export type Aim = 'read' | 'create' | 'write';

export interface SystemFault {
  readonly code: SystemCode;
  /** What it is, and what to do. */
  readonly advice: string;
}

type Row = readonly [SystemCode, string];
type RowByAim = Readonly<Record<Aim, Row>>;

const DISK_GONE: Row = [
  'IO_ERROR',
  'the disk is gone, or the connection to it is lost; attach it again, then try again',
];
const DISK_FAILED: Row = [
  'IO_ERROR',
  'the disk failed (input/output error); look at the log of the system, and save what is on that disk',
];
const IN_USE: Row = ['IO_ERROR', 'something else is using it; try again when that has ended'];
const BUSY: Row = ['IO_ERROR', 'the disk is too busy to answer; try again'];
const DISK_IS_FULL: Row = ['DISK_FULL', 'the disk is full; free some space and try again'];
const TOO_LARGE: Row = [
  'FILE_TOO_LARGE',
  'this disk, or a limit of this process (`ulimit -f`), takes no file of that size; choose another disk',
];
const READ_ONLY: Row = [
  'PERMISSION_DENIED',
  'the disk is mounted for reading only; choose another, or mount it for writing',
];
const NO_MEMORY: Row = [
  'SYSTEM_LIMIT',
  'there is not enough memory; end other programs, or raise the limit (`ulimit -v`)',
];
const TOO_MANY_OPEN: Row = [
  'SYSTEM_LIMIT',
  'too many files are open; raise the limit (`ulimit -n`), or do less at a time',
];
const PART_NOT_READ: Row = [
  'SYSTEM_LIMIT',
  'a part of p2p cannot be read: too few files may be open (`ulimit -n`), or it has to be installed again',
];
const NOT_PERMITTED: RowByAim = {
  read: ['PERMISSION_DENIED', 'permission denied; ask its owner for the right to read it'],
  create: ['PERMISSION_DENIED', 'permission denied; choose a folder that you may write to'],
  write: ['PERMISSION_DENIED', 'permission denied; choose one that you may write to'],
};
/** Node reads names as UTF-8; bytes that are none become this, and the name leads nowhere. */
const REPLACEMENT = '\uFFFD';
const NOT_UTF8: Row = [
  'FILE_NOT_FOUND',
  'no such file or folder, because its name is not text in UTF-8; rename it',
];
const NOT_THERE: Row = ['FILE_NOT_FOUND', 'no such file or folder; check the path'];
const NO_SUCH_NAME: Row = [
  'NO_DESTINATION',
  'this disk takes no such name or file; give another name, or choose another disk',
];
const CANNOT: Row = ['IO_ERROR', 'this disk cannot do that; choose another'];

/** By the names that Node gives to the answers of the system. */
const rows: Readonly<Record<string, Row | RowByAim>> = {
  ENOSPC: DISK_IS_FULL,
  EDQUOT: [
    'DISK_FULL',
    'your quota on this disk is used up; delete something of yours, or ask for more',
  ],
  EFBIG: TOO_LARGE,
  EOVERFLOW: TOO_LARGE,
  EROFS: READ_ONLY,
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  ENOENT: {
    read: NOT_THERE,
    create: [
      'NO_DESTINATION',
      'there is no such folder, or its disk takes no such name; check the path',
    ],
    write: NOT_THERE,
  },
  ENOTDIR: {
    read: ['FILE_NOT_FOUND', 'a part of the path is not a folder; check the path'],
    create: ['NO_DESTINATION', 'a part of the path is not a folder; check the path'],
    write: ['NO_DESTINATION', 'a part of the path is not a folder; check the path'],
  },
  EISDIR: {
    read: ['IO_ERROR', 'it is a folder, not a file; check the path'],
    create: ['NO_DESTINATION', 'a folder has this name; choose another path'],
    write: ['NO_DESTINATION', 'a folder has this name; choose another path'],
  },
  EEXIST: ['NO_DESTINATION', 'something else has this name; choose another path'],
  ENOTEMPTY: ['NO_DESTINATION', 'a folder that is not empty has this name; choose another path'],
  ENAMETOOLONG: ['NO_DESTINATION', 'the path is too long; choose a shorter one'],
  ELOOP: [
    'NO_DESTINATION',
    'a symbolic link stands there, or links lead in a circle; give the path that is meant',
  ],
  EILSEQ: NO_SUCH_NAME,
  EINVAL: { read: CANNOT, create: NO_SUCH_NAME, write: CANNOT },
  EXDEV: ['IO_ERROR', 'the two lie on different disks; choose one disk'],
  EMLINK: CANNOT,
  ENOSYS: CANNOT,
  ENOTSUP: CANNOT,
  EOPNOTSUPP: CANNOT,
  ESPIPE: ['IO_ERROR', 'it is a pipe or a device, not a file; check the path'],
  EMFILE: TOO_MANY_OPEN,
  ENFILE: TOO_MANY_OPEN,
  ENOMEM: NO_MEMORY,
  ENOBUFS: NO_MEMORY,
  ENOLCK: IN_USE,
  ETXTBSY: IN_USE,
  EBUSY: IN_USE,
  EDEADLK: IN_USE,
  EAGAIN: BUSY,
  EINTR: BUSY,
  ETIMEDOUT: DISK_GONE,
  EIO: DISK_FAILED,
  EUCLEAN: DISK_FAILED,
  EREMOTEIO: DISK_FAILED,
  ENODATA: DISK_FAILED,
  ESTALE: DISK_GONE,
  ENOTCONN: DISK_GONE,
  ECONNABORTED: DISK_GONE,
  ECONNRESET: DISK_GONE,
  EHOSTDOWN: DISK_GONE,
  EHOSTUNREACH: DISK_GONE,
  ENODEV: DISK_GONE,
  ENOMEDIUM: DISK_GONE,
  ENXIO: DISK_GONE,
};

const CANTOPEN = 14;

/** By SQLite's primary result codes; https://sqlite.org/rescode.html. */
const sqliteRows: Readonly<Record<number, Row>> = {
  /* PERM */ 3: NOT_PERMITTED.write,
  /* BUSY */ 5: IN_USE,
  /* LOCKED */ 6: IN_USE,
  /* NOMEM */ 7: NO_MEMORY,
  /* READONLY */ 8: [
    'PERMISSION_DENIED',
    'it cannot be written; look at its owner and mode, and how its disk is mounted',
  ],
  /* IOERR */ 10: DISK_FAILED,
  /* CORRUPT */ 11: [
    'IO_ERROR',
    'it is damaged; restore it from a backup, or move it away to begin with an empty one',
  ],
  /* FULL */ 13: DISK_IS_FULL,
  [CANTOPEN]: [
    'IO_ERROR',
    'it cannot be opened; look at its owner and mode, and whether its folder can be written',
  ],
  /* TOOBIG */ 18: TOO_LARGE,
  /* NOLFS */ 22: TOO_LARGE,
  /* NOTADB */ 26: [
    'IO_ERROR',
    'it is no database, or damaged; restore it from a backup, or move it away to begin with an empty one',
  ],
};

/** The same by SQLite's own texts: what fails while rows are read comes without its number. */
const sqliteTexts: Readonly<Record<string, number>> = {
  'database disk image is malformed': 11,
  'file is not a database': 26,
  'database or disk is full': 13,
  'disk I/O error': 10,
  'database is locked': 5,
  'out of memory': 7,
};

/** The result of SQLite behind an error; one of the two engines gives it only by its text. */
export function sqliteResultOf(error: unknown): number | undefined {
  const { code, errcode, message } = (error ?? {}) as Thrown;
  if (typeof errcode === 'number') return errcode;
  return code === 'ERR_SQLITE_ERROR' ? sqliteTexts[String(message)] : undefined;
}

/** What is common to the errors of Node, of both SQLite engines and of threads that do not start. */
interface Thrown {
  readonly code?: unknown;
  readonly errcode?: unknown;
  readonly message?: unknown;
  readonly path?: unknown;
}

/** What an answer of the system means; of one that is in no table it tells what the system said. */
export function systemFaultOf(error: unknown, aim: Aim): SystemFault {
  const row = rowOf(error);
  if (row === undefined) {
    const said = error instanceof Error ? error.message : String(error);
    return { code: 'IO_ERROR', advice: said };
  }
  const [code, advice] = 'read' in row ? rowFor(aim, row, error as Thrown) : row;
  return { code, advice };
}

function rowFor(aim: Aim, row: RowByAim, { path }: Thrown): Row {
  const isUnread = row[aim] === NOT_THERE && typeof path === 'string';
  return isUnread && path.includes(REPLACEMENT) ? NOT_UTF8 : row[aim];
}

/** True for what the system or SQLite answered, false for a mistake of ours. */
export function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as Thrown;
  const isErrno = typeof code === 'string' && /^E[A-Z0-9]+$/.test(code);
  return isErrno || rowOf(error) !== undefined;
}

/** One of the two SQLite engines knows what the system said to it, which says more than its own result. */
function rowBelow(error: unknown): Row | RowByAim | undefined {
  const { systemErrno } = error as { readonly systemErrno?: unknown };
  if (typeof systemErrno !== 'number' || systemErrno <= 0) return undefined;
  return rows[getSystemErrorName(-systemErrno)];
}

function isOutOfDescriptors(result: number): boolean {
  return result === CANTOPEN && !hasSpareDescriptors();
}

function rowOf(error: unknown): Row | RowByAim | undefined {
  const { code, errcode, message } = (error ?? {}) as Thrown;
  // Extended results keep the plain one in the low byte.
  if (typeof errcode === 'number') {
    const result = errcode & 0xff;
    // What the system said to SQLite last is not always why it could not open a file.
    return isOutOfDescriptors(result) ? TOO_MANY_OPEN : (rowBelow(error) ?? sqliteRows[result]);
  }
  if (typeof code === 'string' && Object.hasOwn(rows, code)) return rows[code];
  if (code === 'ERR_SQLITE_ERROR') return sqliteRows[sqliteTexts[String(message)] ?? NaN];
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return NO_MEMORY;
  // Node takes a package that it has no descriptor to read for one that is not there.
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') return PART_NOT_READ;
  // And so does what looks for the binary of SQLite.
  if (String(message).startsWith('No native build was found for ')) return PART_NOT_READ;
  if (/^Cannot read package config .*too many open files/.test(String(message)))
    return TOO_MANY_OPEN;
  // `Worker initialization failure: EMFILE`
  if (code === 'ERR_WORKER_INIT_FAILED')
    return rows[/E[A-Z0-9]+$/.exec(String(message))?.[0] ?? ''];
  const isRefusedMemory = error instanceof RangeError && /\ballocat/i.test(String(message));
  return isRefusedMemory ? NO_MEMORY : undefined;
}
