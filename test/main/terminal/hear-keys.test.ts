/** Single keys of a terminal: which they are, and how the terminal is before, meanwhile and after. */
import { PassThrough } from 'node:stream';
import t from 'tap';
import { hearKeys, keysIn } from '../../../src/main/terminal/hear-keys.js';

function terminal() {
  const rawModes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => rawModes.push(isRaw),
  });
  return { stdin, rawModes };
}

t.test('keys have names where they are no characters', (t) => {
  t.same(keysIn('jk+'), ['j', 'k', '+']);
  t.same(keysIn('\u001b[A\u001b[B\u001bOA\u001bOB'), ['up', 'down', 'up', 'down']);
  t.same(keysIn('\u0003\u001a'), ['ctrl-c', 'ctrl-z']);
  t.same(keysIn('\u001b[3~q'), ['\u001b[3~', 'q'], 'none of it is taken for a letter');
  t.same(keysIn('\u001b[1;5Cq'), ['\u001b[1;5C', 'q']);
  t.same(keysIn(''), []);
  t.end();
});

t.test('the terminal is raw meanwhile, and as it was afterwards', async (t) => {
  const { stdin, rawModes } = terminal();
  const keys: string[] = [];
  const heard = hearKeys(
    stdin,
    (key) => keys.push(key),
    () => true,
  );
  t.same(rawModes, [false, true]);
  stdin.write('p\u001b[A');
  t.same(keys, ['p', 'up']);
  heard.close();
  heard.close();
  t.same(rawModes, [false, true, false]);
  stdin.write('x');
  t.same(keys, ['p', 'up']);
  t.ok(stdin.isPaused());
  t.equal(process.listenerCount('SIGCONT'), 0);
});

t.test('a terminal of others is left alone until it is ours', async (t) => {
  const { stdin, rawModes } = terminal();
  let isForeground = false;
  const heard = hearKeys(
    stdin,
    () => undefined,
    () => isForeground,
  );
  t.same(rawModes, []);
  isForeground = true;
  process.emit('SIGCONT');
  t.same(rawModes, [false, true]);
  isForeground = false;
  heard.close();
  t.same(rawModes, [false, true], 'setting its modes would stop this process');
});
