/** A failure as a program reads it. */
import t from 'tap';
import { failureOf, withPeers } from '../../../src/main/terminal/failure-json.js';
import { StreamOutput } from '../../../src/main/terminal/output.js';
import { CancelledError, PeerError, TrackerError, UsageError } from '../../../src/net/errors.js';
import { TextStream } from '../text-stream.js';

t.test('every error has a code, a sentence and the exit status', (t) => {
  const cases: [thrown: unknown, code: string, status: number][] = [
    [new UsageError('say it so'), 'BAD_ARGUMENT', 2],
    [new TrackerError('NO_SUCH_GROUP', 'no group'), 'NO_SUCH_GROUP', 4],
    [new CancelledError('interrupted', 'INTERRUPTED'), 'INTERRUPTED', 130],
    [
      Object.assign(new Error('x'), { code: 'ENOSPC', syscall: 'write', errno: -28 }),
      'DISK_FULL',
      7,
    ],
    [new TypeError('a mistake of ours'), 'INTERNAL', 1],
  ];
  for (const [thrown, code, status] of cases) {
    const { error } = failureOf(thrown);
    t.match(error, { code, status });
    t.same(Object.keys(error), ['code', 'message', 'status']);
  }
  t.equal(failureOf(new UsageError('say it so')).error.message, 'say it so');
  t.end();
});

t.test('a failed download names the peers that were asked', (t) => {
  const peer = {
    ...{ userId: 'ann', deviceId: 'd', address: '192.0.2.1:7001', state: 'gone' as const },
    ...{ bytes: 0, badPieces: 0, reason: 'refused' },
  };
  const error = withPeers(new PeerError('TIMEOUT', 'nothing came'), [peer]);
  t.same(failureOf(error).error, {
    ...{ code: 'TIMEOUT', message: 'nothing came', status: 8 },
    peers: [
      { userId: 'ann', address: '192.0.2.1:7001', state: 'gone', bytes: 0, reason: 'refused' },
    ],
  });
  t.end();
});

t.test('it is printed with --json only, as one value with the result', (t) => {
  const printed = (isJson: boolean, hasResult: boolean): string => {
    const stdout = new TextStream(false);
    const out = new StreamOutput({ stdout, stderr: new TextStream(false), isJson });
    if (hasResult) out.result({ files: 2 }, []);
    const hint = hasResult ? {} : { hint: 'usage: so' };
    out.settle({ thrown: new UsageError('no \u001b[31m'), ...hint });
    return stdout.text;
  };
  const failure = (hint: string): string =>
    `"error":{"code":"BAD_ARGUMENT","message":"no \\u001b[31m","status":2${hint}}}\n`;
  t.equal(printed(true, false), `{"version":1,${failure(',"hint":"usage: so"')}`);
  t.equal(printed(true, true), `{"version":1,"files":2,${failure('')}`);
  t.equal(printed(false, false), '');
  t.end();
});
