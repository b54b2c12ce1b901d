import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { BackgroundLog, olderLogPath } from '../../../src/main/background/background-log.js';
import { LogReader } from '../../../src/main/background/log-reader.js';
import { testFolder } from '../../fixtures/test-folder.js';

const AT = new Date(2026, 10, 26, 22, 14, 7);

function openLog(t: Test, maxBytes = 1_000) {
  const path = join(testFolder(t, {}), 'background.log');
  const fd = openSync(path, 'a', 0o600);
  t.teardown(() => closeSync(fd));
  const heard: string[] = [];
  const log = new BackgroundLog({
    ...{ fd, path, maxBytes },
    now: () => AT,
    onLine: (line) => void heard.push(line),
  });
  return { path, fd, log, heard };
}

t.test('each line has its time, however it was written', (t) => {
  const { path, log, heard } = openLog(t);
  log.write('one\ntw');
  log.write('o\n');
  log.write(Buffer.from('half of \u00fc').subarray(0, 9));
  log.write(Buffer.from([0xbc, 0x0a]));
  const lines = ['one', 'two', 'half of \u00fc'];
  t.same(heard, lines);
  t.equal(
    readFileSync(path, 'utf8'),
    lines.map((line) => `2026-11-26 22:14:07 ${line}\n`).join(''),
  );
  t.end();
});

t.test('it keeps to its size, and what was there lies beside it', (t) => {
  const { path, log } = openLog(t, 100);
  for (let number = 0; number < 20; number++) log.write(`line ${number}\n`);
  t.ok(statSync(path).size < 130);
  t.ok(statSync(olderLogPath(path)).size < 130);
  t.equal(statSync(olderLogPath(path)).mode & 0o777, 0o600);
  const both = readFileSync(olderLogPath(path), 'utf8') + readFileSync(path, 'utf8');
  t.match(both, /line 18\n.* line 19\n$/);
  t.end();
});

t.test('what comes by another way stays in the same file', (t) => {
  const { path, fd, log } = openLog(t, 60);
  log.write('a line that is long enough to fill all of it up to the brim\n');
  log.write('next\n');
  appendFileSync(fd, 'FATAL ERROR\n');
  t.equal(readFileSync(path, 'utf8'), '2026-11-26 22:14:07 next\nFATAL ERROR\n');
  t.end();
});

t.test('lines that cannot be written cost nothing, and are counted', (t) => {
  const path = join(testFolder(t, { log: '' }), 'log');
  let fd = openSync(path, 'r');
  const options = { path, now: () => AT, onLine: () => undefined };
  const log = new BackgroundLog({
    ...options,
    get fd() {
      return fd;
    },
  });
  log.write('lost\nlost too\n');
  closeSync(fd);
  fd = openSync(path, 'a');
  t.teardown(() => closeSync(fd));
  log.write('kept\n');
  t.match(
    readFileSync(path, 'utf8'),
    /^\S+ \S+ lines that could not be written before: 2\n\S+ \S+ kept\n$/,
  );
  t.end();
});

t.test('one that was moved or removed begins anew, and whoever follows it sees that', async (t) => {
  const { path, log } = openLog(t);
  t.teardown(() => log.destroy());
  const reader = new LogReader(path);
  log.write('first\nsecond\n');
  await reader.last(0);
  t.same(await reader.more(), []);
  renameSync(path, `${path}.kept`);
  log.write('after it was moved\n');
  t.same(await reader.more(), ['2026-11-26 22:14:07 after it was moved']);
  t.match(readFileSync(`${path}.kept`, 'utf8'), /second\n$/, 'that stays as it was');
  t.equal(statSync(path).mode & 0o777, 0o600);
  rmSync(path);
  log.write('after it was removed\n');
  t.same(await reader.more(), ['2026-11-26 22:14:07 after it was removed']);
  rmSync(path);
  mkdirSync(path);
  log.write('one that cannot be begun\n');
  rmSync(path, { recursive: true });
  log.write('again\n');
  t.equal(readFileSync(path, 'utf8'), '2026-11-26 22:14:07 again\n', 'nothing was counted as lost');
});

t.test('a reader gets the last lines, and each later one once', async (t) => {
  const { path, log } = openLog(t, 100);
  const nobody = new LogReader(path.replace('background', 'other'));
  t.equal(await nobody.last(5), undefined);
  t.same(await nobody.more(), []);
  for (let number = 0; number < 7; number++) log.write(`line ${number}\n`);
  const reader = new LogReader(path);
  const text = (lines: readonly string[] = []) => lines.map((line) => line.slice(20));
  t.same(text(await reader.last(3)), ['line 4', 'line 5', 'line 6']);
  const later: string[] = [];
  for (let number = 7; number < 30; number++) {
    log.write(`line ${number}\n`);
    if (number % 2 === 0) later.push(...text(await reader.more()));
  }
  later.push(...text(await reader.more()));
  t.same(
    later,
    Array.from({ length: 23 }, (_, index) => `line ${index + 7}`),
  );
  t.same(await reader.more(), []);
});
