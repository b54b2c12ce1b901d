/** How rate limits are told to people. */
import t from 'tap';
import { limitLines } from '../../../src/main/terminal/limit-lines.js';

const all = { kind: 'all' } as const;
const chess = { kind: 'group', groupId: 'chess' } as const;
const day = { from: 8 * 60, to: 20 * 60 };

t.test('nothing is limited', (t) => {
  t.same(limitLines({ rules: [], holding: [] }), ['no limits']);
  t.end();
});

t.test('what holds, what is for a time, and what that puts aside', (t) => {
  const rules = [
    { scope: all, between: day, up: 50_000, isGiven: false },
    { scope: all, up: 20_000, down: 1_000_000, isGiven: false },
    { scope: chess, up: 'none', isGiven: false } as const,
  ];
  const holding = [
    { scope: all, up: 50_000, down: 1_000_000 },
    { scope: chess, up: 'none' } as const,
  ];
  t.same(limitLines({ rules, holding }), [
    'all: up 48.8 KiB/s, down 976 KiB/s',
    'group chess: up no limit',
    'all, 08:00-20:00: up 48.8 KiB/s',
    'all, at other times: up 19.5 KiB/s',
  ]);
  t.end();
});

t.test('what came with the start of the client', (t) => {
  const rules = [
    { scope: all, up: 50_000, isGiven: true },
    { scope: all, up: 20_000, isGiven: false },
  ];
  t.same(limitLines({ rules, holding: [{ scope: all, up: 50_000 }] }), [
    'all: up 48.8 KiB/s',
    'given with the start of the client, not kept: all: up 48.8 KiB/s',
  ]);
  t.end();
});
