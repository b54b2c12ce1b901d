import t from 'tap';
import { formatLogEntry } from '../../src/tracker/log.js';

const now = new Date('2024-05-06T07:08:09.123Z');
const fields = { user: 'anna', said: 'a "b"', count: 3, empty: '', missing: undefined };

void t.test('an entry as text is one line that people and scripts can read', async (t) => {
  const line = formatLogEntry({ level: 'info', event: 'user created', fields }, 'text', now);
  const said = 'user=anna said="a \\"b\\"" count=3 empty=""';
  t.equal(line, `2024-05-06T07:08:09.123Z info  user created ${said}`);
});

void t.test('an entry as JSON keeps the types of its fields', async (t) => {
  const line = formatLogEntry({ level: 'warn', event: 'slow', fields }, 'json', now);
  t.same(JSON.parse(line), {
    time: now.toISOString(),
    level: 'warn',
    event: 'slow',
    user: 'anna',
    said: 'a "b"',
    count: 3,
    empty: '',
  });
});

void t.test('a name from outside cannot begin a line or move the cursor', async (t) => {
  const nasty = { level: 'info', event: 'x', fields: { user: 'a\nb\u001b[2J' } } as const;
  for (const format of ['text', 'json'] as const) {
    const line = formatLogEntry(nasty, format, now);
    t.notOk(
      [...line].some((char) => char < ' '),
      line,
    );
  }
});
