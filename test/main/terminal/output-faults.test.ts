/** What a stream that cannot be written makes of a command. */
import t from 'tap';
import { OutputFaults } from '../../../src/main/terminal/output-faults.js';
import { TextStream } from '../text-stream.js';

const table: readonly [code: string, of: 'stdout' | 'stderr', ends: string | undefined][] = [
  ['EPIPE', 'stdout', undefined],
  ['ENOSPC', 'stdout', 'DISK_FULL'],
  ['EDQUOT', 'stdout', 'DISK_FULL'],
  ['EFBIG', 'stdout', 'DISK_FULL'],
  ['EIO', 'stdout', 'IO_ERROR'],
  ['EBADF', 'stdout', 'IO_ERROR'],
  ['EPIPE', 'stderr', undefined],
  ['ENOSPC', 'stderr', undefined],
  ['EIO', 'stderr', undefined],
];
for (const [code, of, ends] of table) {
  t.test(`${code} of ${of}`, async (t) => {
    const streams = { stdout: new TextStream(), stderr: new TextStream() };
    const faults = new OutputFaults(streams);
    streams[of].emit('error', Object.assign(new Error(code), { code }));
    if (ends === undefined) await faults.requireResult();
    else await t.rejects(faults.requireResult(), { code: ends });
    t.equal(faults.isTerminalGone, code === 'EIO');
  });
}
