/** A log whose disk is full for a while. */
import { EventEmitter } from 'node:events';
import { setImmediate as setImmediateAsync } from 'node:timers/promises';
import t from 'tap';
import { LogStream } from '../../src/tracker/log-stream.js';

const entry = (event: string) => ({ level: 'info', event }) as const;

/** A stream that fails while it is full, as the one of a file does. */
function scene(format: 'text' | 'json') {
  const disk = { isFull: false, text: '' };
  const stream = Object.assign(new EventEmitter(), {
    write: (text: string, done: (error?: Error) => void) => {
      const error = Object.assign(new Error('full'), { code: 'ENOSPC' });
      if (!disk.isFull) disk.text += text;
      else setImmediate(() => stream.emit('error', error));
      setImmediate(done, disk.isFull ? error : undefined);
      return true;
    },
  });
  const log = new LogStream(stream as unknown as NodeJS.WritableStream, format, () => new Date(0));
  return { disk, log };
}

/** Lets the callbacks of writes come, and those of what is written there. */
async function settled(): Promise<void> {
  for (let n = 0; n < 3; n++) await setImmediateAsync();
}

t.test('lines that cannot be written are counted, and told of once it is possible', async (t) => {
  const { disk, log } = scene('text');
  log.write(entry('one'));
  await settled();
  disk.isFull = true;
  for (const event of ['two', 'three']) {
    log.write(entry(event));
    await settled();
  }
  disk.isFull = false;
  for (const event of ['four', 'five']) {
    log.write(entry(event));
    await settled();
  }
  const time = '1970-01-01T00:00:00.000Z';
  t.same(disk.text.split('\n'), [
    `${time} info  one`,
    '',
    `${time} info  four`,
    `${time} warn  log lines were lost lines=2 reason=ENOSPC`,
    `${time} info  five`,
    '',
  ]);
});

t.test('lines for machines stay lines for machines', async (t) => {
  const { disk, log } = scene('json');
  disk.isFull = true;
  log.write(entry('one'));
  await settled();
  disk.isFull = false;
  log.write(entry('two'));
  await settled();
  const lines = disk.text.split('\n').filter((line) => line !== '');
  t.match(
    lines.map((line) => JSON.parse(line) as unknown),
    [{ event: 'two' }, { event: 'log lines were lost', lines: 1, reason: 'ENOSPC' }],
  );
});
