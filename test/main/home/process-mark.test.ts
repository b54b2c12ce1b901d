import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { makerState, ownMark, PROCESS_MARK } from '../../../src/main/home/process-mark.js';
import { processStat } from '../../../src/main/home/process-stat.js';

t.test('a process knows itself', async (t) => {
  const mark = await ownMark();
  t.match(mark, new RegExp(`^${PROCESS_MARK.source}$`));
  t.equal(await makerState(mark), 'runs');
});

t.test('another process runs until it has ended', async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
  await once(child, 'spawn');
  const [, , place] = (await ownMark()).split('-');
  const stat = await processStat(child.pid!);
  const mark = `${child.pid}-${stat?.startTicks ?? '0'}-${place}`;
  t.equal(await makerState(mark), 'runs');
  child.kill('SIGKILL');
  await once(child, 'close');
  t.equal(await makerState(mark), 'ended');
});

t.test('of pids that mean something else nothing is known', async (t) => {
  t.equal(await makerState(`1-1-00000000`), 'unknown');
});

const skip = process.platform === 'linux' ? false : 'needs /proc';
t.test('a pid that was given anew is another process', { skip }, async (t) => {
  const mark = await ownMark();
  t.equal(await makerState(mark.replace(/-\d+-/, '-1-')), 'ended');
});
