/** A question that one key answers; nothing else of the input is taken, and the terminal is as it was. */
import { PassThrough } from 'node:stream';
import t from 'tap';
import { askYes } from '../../../src/main/terminal/ask-yes.js';
import { CancelledError } from '../../../src/net/errors.js';
import { TextStream } from '../text-stream.js';

function terminal() {
  const rawModes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => rawModes.push(isRaw),
  });
  const stop = new AbortController();
  return { stdin, output: new TextStream(), signal: stop.signal, rawModes, stop };
}

for (const [key, isYes] of [
  ['y', true],
  ['Y', true],
  ['n', false],
  ['\r', false],
  [' ', false],
  ['\u001b[A', false],
] as const) {
  t.test(`${JSON.stringify(key)} is ${isYes ? 'yes' : 'no'}`, async (t) => {
    const { rawModes, ...shown } = terminal();
    const { stdin, output } = shown;
    const asked = askYes('Leave it?', shown);
    t.equal(output.text, 'Leave it? [y/N] ');
    stdin.write(key);
    t.equal(await asked, isYes);
    t.equal(output.text, `Leave it? [y/N] ${isYes ? 'yes' : 'no'}\n`);
    t.same(rawModes, [true, false]);
    t.ok(stdin.isPaused());
  });
}

t.test('Ctrl-C ends the command, and the end of the input is no', async (t) => {
  const one = terminal();
  const asked = askYes('Leave it?', one);
  one.stdin.write('\u0003');
  await t.rejects(asked, new CancelledError('interrupted', 'INTERRUPTED'));
  t.same(one.rawModes, [true, false]);
  const two = terminal();
  const unanswered = askYes('Leave it?', two);
  two.stdin.end();
  t.equal(await unanswered, false);
});

t.test(
  'a command that is to end leaves the terminal as it was, and hears no key more',
  async (t) => {
    const { rawModes, stop, ...shown } = terminal();
    const { stdin, output } = shown;
    const asked = askYes('Leave it?', shown);
    stop.abort(new CancelledError('terminated', 'TERMINATED'));
    await t.rejects(asked, new CancelledError('terminated', 'TERMINATED'));
    t.same(rawModes, [true, false]);
    t.ok(stdin.isPaused());
    t.same([stdin.listenerCount('data'), stdin.listenerCount('end')], [0, 0]);
    t.equal(output.text, 'Leave it? [y/N] \n');
    await t.rejects(
      askYes('Leave it?', shown),
      { code: 'TERMINATED' },
      'nothing is asked any more',
    );
    t.equal(output.text, 'Leave it? [y/N] \n');
  },
);
