/** The table of what the system may answer: every row leads to a code, a status and advice. */
import { constants } from 'node:os';
import { readFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { errorCodes, ExitStatus } from '../../src/net/errors.js';
import { asForeseen, exitStatusOf, toStorageError, TrackerError } from '../../src/net/errors.js';
import { isSystemError, systemFaultOf, type Aim } from '../../src/net/system-errors.js';
import { testFolder } from '../fixtures/test-folder.js';

const AIMS: readonly Aim[] = ['read', 'create', 'write'];

/** Answers that only speak of processes, terminals, sockets or the calls of others. */
const NEVER_OF_FILES = new Set(
  `E2BIG EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EALREADY EBADF EBADMSG ECANCELED ECHILD ECONNREFUSED
   EDESTADDRREQ EDOM EFAULT EIDRM EINPROGRESS EISCONN EMSGSIZE EMULTIHOP ENETDOWN ENETRESET
   ENETUNREACH ENOEXEC ENOLINK ENOMSG ENOPROTOOPT ENOSR ENOSTR ENOTSOCK ENOTTY EPIPE EPROTO
   EPROTONOSUPPORT EPROTOTYPE ERANGE ESRCH ETIME EWOULDBLOCK`.split(/\s+/),
);

function answer(code: string): Error {
  return Object.assign(new Error(`${code}: below, open 'x'`), { code, syscall: 'open' });
}

t.test('every answer that a call on a file can have is in the table', (t) => {
  for (const code of Object.keys(constants.errno)) {
    if (NEVER_OF_FILES.has(code)) continue;
    for (const aim of AIMS) {
      const { advice } = systemFaultOf(answer(code), aim);
      t.notMatch(advice, /below/, `${code} to ${aim} is a sentence of ours`);
      t.match(advice, /[;,] /, `${code} to ${aim} says what to do`);
      t.notMatch(advice, /\bE[A-Z]{3,}\b/, `${code} to ${aim} is for people`);
    }
  }
  t.end();
});

t.test('a failed call on a disk ends with a status that says so', (t) => {
  for (const code of Object.keys(constants.errno)) {
    for (const aim of AIMS) {
      const status = errorCodes[toStorageError(answer(code), 'doing', aim).code][1];
      const isNotFound = status === ExitStatus.notFound;
      t.ok(status === ExitStatus.storage || (isNotFound && aim !== 'create'), `${code} to ${aim}`);
    }
  }
  t.end();
});

t.test('the sentences that users asked about', (t) => {
  const rows: readonly (readonly [string, Aim, string, RegExp])[] = [
    ['EFBIG', 'create', 'FILE_TOO_LARGE', /no file of that size/],
    ['EDQUOT', 'write', 'DISK_FULL', /quota/],
    ['ENOSPC', 'write', 'DISK_FULL', /is full/],
    ['EROFS', 'create', 'PERMISSION_DENIED', /for reading only/],
    ['EACCES', 'read', 'PERMISSION_DENIED', /right to read/],
    ['EACCES', 'create', 'PERMISSION_DENIED', /folder that you may write to/],
    ['EPERM', 'read', 'PERMISSION_DENIED', /right to read/],
    ['ENOENT', 'read', 'FILE_NOT_FOUND', /no such file/],
    ['ENOENT', 'create', 'NO_DESTINATION', /takes no such name/],
    ['EINVAL', 'create', 'NO_DESTINATION', /takes no such name/],
    ['ENOTCONN', 'read', 'IO_ERROR', /attach it again/],
    ['ESTALE', 'write', 'IO_ERROR', /attach it again/],
    ['EMFILE', 'read', 'SYSTEM_LIMIT', /ulimit -n/],
    ['ENOMEM', 'read', 'SYSTEM_LIMIT', /ulimit -v/],
    ['ETXTBSY', 'write', 'IO_ERROR', /using it/],
  ];
  for (const [code, aim, expected, text] of rows) {
    const fault = systemFaultOf(answer(code), aim);
    t.equal(fault.code, expected, code);
    t.match(fault.advice, text, code);
  }
  t.end();
});

t.test('what SQLite says, plain and extended, is in the table', (t) => {
  const sqlite = (errcode: number): Error =>
    Object.assign(new Error('SQL says'), { code: 'ERR_SQLITE_ERROR', errcode });
  const rows: readonly (readonly [number, string, RegExp])[] = [
    [13, 'DISK_FULL', /free some space/],
    [10, 'IO_ERROR', /disk failed/],
    [10 | (3 << 8), 'IO_ERROR', /disk failed/],
    [11, 'IO_ERROR', /damaged; restore/],
    [26, 'IO_ERROR', /no database/],
    [8, 'PERMISSION_DENIED', /cannot be written/],
    [14, 'IO_ERROR', /cannot be opened/],
    [5, 'IO_ERROR', /using it/],
    [7, 'SYSTEM_LIMIT', /memory/],
  ];
  for (const [errcode, code, text] of rows) {
    t.ok(isSystemError(sqlite(errcode)));
    const fault = systemFaultOf(sqlite(errcode), 'write');
    t.equal(fault.code, code);
    t.match(fault.advice, text);
  }
  const below = Object.assign(sqlite(14), { systemErrno: constants.errno.EMFILE });
  t.match(systemFaultOf(below, 'write'), { code: 'SYSTEM_LIMIT' }, 'what the system said to it');
  for (const errcode of [1, 19, 20, 25])
    t.notOk(isSystemError(sqlite(errcode)), 'a mistake of ours');
  t.end();
});

t.test('threads and memory that the system has no room for', (t) => {
  const init = (why: string): Error =>
    Object.assign(new Error(`Worker initialization failure: ${why}`), {
      code: 'ERR_WORKER_INIT_FAILED',
    });
  t.match(systemFaultOf(init('EMFILE'), 'write'), { code: 'SYSTEM_LIMIT', advice: /ulimit -n/ });
  t.match(systemFaultOf(init('ENOMEM'), 'write'), { code: 'SYSTEM_LIMIT', advice: /ulimit -v/ });
  const memory = new RangeError('WebAssembly.Memory(): could not allocate memory');
  const buffer = new RangeError('Array buffer allocation failed');
  for (const error of [init('EMFILE'), init('ENOMEM'), memory, buffer]) t.ok(isSystemError(error));
  t.match(systemFaultOf(memory, 'write'), { code: 'SYSTEM_LIMIT' });
  t.match(systemFaultOf(buffer, 'write'), { code: 'SYSTEM_LIMIT' });
  t.end();
});

t.test('a part of the program that cannot be read', (t) => {
  const errors = [
    Object.assign(new Error("Cannot find module 'x'"), { code: 'MODULE_NOT_FOUND' }),
    new Error('No native build was found for platform=linux arch=x64\n    loaded from: x'),
    new Error('Cannot read package config x/package.json: too many open files.'),
  ];
  for (const error of errors) {
    t.ok(isSystemError(error), error.message);
    t.match(systemFaultOf(error, 'write'), { code: 'SYSTEM_LIMIT', advice: /ulimit -n/ });
  }
  t.end();
});

t.test('what SQLite says while rows are read is known by its text', (t) => {
  const said = (text: string): Error =>
    Object.assign(new Error(text), { code: 'ERR_SQLITE_ERROR' });
  t.match(systemFaultOf(said('database disk image is malformed'), 'read'), {
    code: 'IO_ERROR',
    advice: /damaged; restore it/,
  });
  t.ok(isSystemError(said('database or disk is full')));
  t.notOk(isSystemError(said('no such column: x')), 'a statement of ours that makes no sense');
  t.end();
});

t.test('what is in no table is told as the system said it', (t) => {
  t.match(systemFaultOf(answer('EBADF'), 'read'), { code: 'IO_ERROR', advice: /EBADF: below/ });
  t.match(systemFaultOf('odd', 'read'), { code: 'IO_ERROR', advice: 'odd' });
  t.match(systemFaultOf(undefined, 'read'), { code: 'IO_ERROR' });
  t.end();
});

t.test(
  'at the edge an answer of the system is foreseen, and a mistake of ours is not',
  async (t) => {
    const file = await open(t.testdirName, 'r').catch((error: unknown) => error);
    t.match(asForeseen(file), { name: 'StorageError', message: /the system refused open of .*: / });
    const folder = await readFile(join(testFolder(t), '.')).catch((error: unknown) => error);
    t.equal(exitStatusOf(folder), ExitStatus.storage);
    const refused = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    t.equal(exitStatusOf(refused), ExitStatus.network);
    t.ok(asForeseen(refused) instanceof TrackerError);
    const shortage = Object.assign(new Error('listen EMFILE'), {
      code: 'EMFILE',
      syscall: 'listen',
    });
    t.match(asForeseen(shortage), { code: 'SYSTEM_LIMIT' }, 'no fault of the network');
    const mistakes = [new Error('bug: x'), new TypeError('x is not a function'), 'odd', undefined];
    for (const mistake of mistakes) {
      t.equal(asForeseen(mistake), mistake);
      t.equal(exitStatusOf(mistake), ExitStatus.failure);
    }
    const ours = new TrackerError('BUSY', 'x');
    t.equal(asForeseen(ours), ours);
  },
);

t.test('a name that is no UTF-8 leads nowhere, and that is said', async (t) => {
  const error: unknown = await open('/nowhere/bad\uFFFDname').catch((thrown: unknown) => thrown);
  const { code, advice } = systemFaultOf(error, 'read');
  t.equal(code, 'FILE_NOT_FOUND');
  t.match(advice, /not text in UTF-8; rename it/);
  t.notMatch(systemFaultOf(answer('ENOENT'), 'read').advice, /UTF-8/);
});
