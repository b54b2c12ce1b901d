import t from 'tap';
import {
  bug,
  CancelledError,
  errorCodes,
  ExitStatus,
  exitStatusOf,
  fromWireError,
  isErrorCode,
  P2pError,
  PeerError,
  StorageError,
  toStorageError,
  toWireError,
  TrackerError,
  UsageError,
} from '../../src/net/errors.js';

t.test('every code leads to an exit status that means failure', (t) => {
  const failures = new Set<number>(Object.values(ExitStatus));
  failures.delete(ExitStatus.ok);
  for (const [code, [, status]] of Object.entries(errorCodes)) {
    t.match(code, /^[A-Z][A-Z_]*$/);
    t.ok(failures.has(status), code);
    t.ok(isErrorCode(code));
  }
  t.end();
});

t.test('what is no code of ours is not taken for one', (t) => {
  for (const code of ['', 'busy', 'toString', '__proto__', 'constructor', 7, null, undefined]) {
    t.equal(isErrorCode(code), false);
  }
  t.end();
});

t.test('the classes carry their name, code and cause', (t) => {
  const cause = new Error('below');
  const error = new PeerError('PEER_UNREACHABLE', 'no answer', { cause });
  t.match(error, { name: 'PeerError', code: 'PEER_UNREACHABLE', message: 'no answer', cause });
  t.ok(error instanceof P2pError);
  t.match(new UsageError('x'), { name: 'UsageError', code: 'BAD_ARGUMENT' });
  t.equal(new UsageError('x', 'UNKNOWN_COMMAND').code, 'UNKNOWN_COMMAND');
  t.match(new CancelledError('x'), { name: 'CancelledError', code: 'CANCELLED' });
  t.equal(new CancelledError('x', 'INTERRUPTED').code, 'INTERRUPTED');
  t.end();
});

t.test('the exit status follows the code; an unforeseen error is a failure', (t) => {
  t.equal(exitStatusOf(new UsageError('x')), 2);
  t.equal(exitStatusOf(new TrackerError('NOT_A_MEMBER', 'x')), 3);
  t.equal(exitStatusOf(new StorageError('DISK_FULL', 'x')), 7);
  t.equal(exitStatusOf(new CancelledError('x', 'INTERRUPTED')), 130);
  t.equal(exitStatusOf(new Error('x')), 1);
  t.equal(exitStatusOf(undefined), 1);
  t.end();
});

t.test('a foreseen error crosses a wire with code and text, any other without its text', (t) => {
  const wire = toWireError(new PeerError('TICKET_EXPIRED', 'it has expired'));
  t.same(wire, { code: 'TICKET_EXPIRED', message: 'it has expired' });
  t.match(fromWireError(wire), { name: 'PeerError', ...wire });
  for (const unforeseen of [new Error('secret'), 'secret', undefined]) {
    t.same(toWireError(unforeseen), { code: 'INTERNAL', message: 'internal error' });
  }
  t.end();
});

t.test('every code comes back from a wire in its class, with its text', (t) => {
  const names = {
    usage: 'UsageError',
    tracker: 'TrackerError',
    peer: 'PeerError',
    storage: 'StorageError',
    cancelled: 'CancelledError',
  };
  for (const [code, [kind]] of Object.entries(errorCodes)) {
    const wire = { code, message: `the text of ${code}` };
    const error = fromWireError(wire);
    t.equal(error.name, names[kind], code);
    t.same(toWireError(error), wire);
  }
  t.end();
});

t.test('a wire error that is not one of ours becomes INTERNAL', (t) => {
  t.match(fromWireError({ code: 'NOPE', message: 'text' }), { code: 'INTERNAL', message: 'text' });
  t.match(fromWireError({ code: 'BUSY', message: 7 }), { code: 'BUSY', message: 'BUSY' });
  t.match(fromWireError({ code: undefined, message: undefined }), { code: 'INTERNAL' });
  t.end();
});

t.test('errors of the file system become ours and say what to do', (t) => {
  const table = {
    ENOSPC: 'DISK_FULL',
    EDQUOT: 'DISK_FULL',
    EFBIG: 'FILE_TOO_LARGE',
    EACCES: 'PERMISSION_DENIED',
    EPERM: 'PERMISSION_DENIED',
    EROFS: 'PERMISSION_DENIED',
    ENOENT: 'FILE_NOT_FOUND',
    ENOTDIR: 'NO_DESTINATION',
    EIO: 'IO_ERROR',
  };
  for (const [code, expected] of Object.entries(table)) {
    const cause = Object.assign(new Error('below'), { code });
    const error = toStorageError(cause, 'writing a.bin');
    t.match(error, { name: 'StorageError', code: expected, message: /^writing a\.bin: /, cause });
  }
  t.end();
});

t.test('a bug names itself and is none of the foreseen errors', (t) => {
  t.throws(() => bug('piece 7 completed twice'), { message: 'bug: piece 7 completed twice' });
  t.equal(exitStatusOf(new Error('bug: x')), ExitStatus.failure);
  t.end();
});
