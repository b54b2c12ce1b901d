import t from 'tap';
import { splitShellWords } from '../../../src/main/shell/shell-words.js';
import { eventLine } from '../../../src/main/terminal/event-lines.js';

t.test('the command that a line suggests is one of exactly these words', (t) => {
  const ids = ['ann', '$(touch pwned)', 'a;b', "it's", 'a|b&c', '`id`', 'a"b', 'a\\b', '*'];
  for (const userId of ids) {
    for (const groupId of ids) {
      const line = eventLine({ type: 'join-request', groupId, userId });
      const command = /; (accept_request .*) lets them in$/.exec(line)?.[1] ?? '';
      t.same(splitShellWords(command), ['accept_request', groupId, userId]);
    }
  }
  t.end();
});

t.test('a first meeting says which key was shown, and what counts from then on', (t) => {
  const met = {
    type: 'tracker-met',
    tracker: 'tracker.example:1',
    deviceId: 'ab'.repeat(32),
  } as const;
  for (const [how, means] of [
    ['key', /only this key is accepted/],
    ['authority', /vouches for its name/],
  ] as const) {
    const line = eventLine({ ...met, how });
    t.match(line, means);
    t.match(line, `tracker.example:1, SHA256:${met.deviceId}:`);
  }
  t.end();
});
