/** How a command speaks to a program that follows it. */
import t from 'tap';
import { EventsOutput } from '../../../src/main/terminal/events-output.js';
import { UsageError } from '../../../src/net/errors.js';
import { TextStream } from '../text-stream.js';

function open() {
  const stdout = new TextStream(false);
  const out = new EventsOutput({ stdout, nowMs: () => 7.4 });
  return { stdout, out };
}

t.test('what happens comes at once, and the answer is the last line', (t) => {
  const { stdout, out } = open();
  out.note('a remark');
  out.failure('error: f: gone');
  out.event({ type: 'share-ended', groupId: 'g', fileName: 'f\u001b\u202e' }, 9);
  out.ready({ pid: 1 });
  out.progress();
  t.equal(out.live(), false);
  out.result({ one: 1 });
  t.same(stdout.text.trimEnd().split('\n'), [
    '{"event":"notice","v":1,"time":7,"message":"a remark"}',
    '{"event":"notice","v":1,"time":7,"message":"error: f: gone"}',
    '{"event":"share-ended","v":1,"time":9,"groupId":"g","fileName":"f\\u001b\\u202e"}',
    '{"event":"ready","v":1,"time":7,"answer":{"version":1,"pid":1}}',
  ]);
  out.settle();
  t.match(
    stdout.text,
    /"event":"result","v":1,"time":7,"status":0,"answer":\{"version":1,"one":1\}\}\n$/,
  );
  t.end();
});

t.test('what failed stands beside what there was by then', async (t) => {
  async function* pages() {
    yield [1];
    yield [2];
  }
  const { stdout, out } = open();
  await out.pages({
    ...{ columns: [], pages: pages(), none: '', rowOf: () => [] },
    valueOf: (items) => ({ items }),
  });
  out.settle({ thrown: new UsageError('no') });
  t.match(JSON.parse(stdout.text), {
    ...{ event: 'result', status: 2 },
    answer: { version: 1, items: [1, 2], error: { code: 'BAD_ARGUMENT', message: 'no' } },
  });
});
