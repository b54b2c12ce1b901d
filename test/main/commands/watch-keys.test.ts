/** Keys and rows in, the choice and what is to be done out. */
import t from 'tap';
import {
  afterKey,
  keysLine,
  nothingDone,
  NOTHING_CHOSEN,
  withRows,
  type Choice,
  type WatchEffect,
} from '../../../src/main/commands/watch-keys.js';

const IDS = ['a', 'b', 'c'];
const chosen = (id: string): Choice => ({ kind: 'choosing', id, index: IDS.indexOf(id) });
const asked = (id: string): Choice => ({ ...chosen(id), kind: 'confirming' });

const table: readonly (readonly [Choice, string, Choice, WatchEffect?])[] = [
  [chosen('a'), 'down', chosen('b')],
  [chosen('b'), 'j', chosen('c')],
  [chosen('c'), 'down', chosen('c')],
  [chosen('c'), 'up', chosen('b')],
  [chosen('b'), 'k', chosen('a')],
  [chosen('a'), 'up', chosen('a')],
  [chosen('b'), 'p', chosen('b'), { kind: 'pause', id: 'b' }],
  [chosen('b'), 'P', chosen('b'), { kind: 'pause', id: 'b' }],
  [chosen('b'), 'r', chosen('b'), { kind: 'resume', id: 'b' }],
  [chosen('b'), '+', chosen('b'), { kind: 'move', id: 'b', to: 'up' }],
  [chosen('b'), '-', chosen('b'), { kind: 'move', id: 'b', to: 'down' }],
  [chosen('b'), 'c', asked('b')],
  [asked('b'), 'y', chosen('b'), { kind: 'cancel', id: 'b' }],
  [asked('b'), 'n', chosen('b')],
  [asked('b'), 'down', chosen('b')],
  [asked('b'), 'q', chosen('b')],
  [asked('b'), 'ctrl-c', asked('b'), { kind: 'leave' }],
  [chosen('b'), 'q', chosen('b'), { kind: 'leave' }],
  [chosen('b'), 'ctrl-c', chosen('b'), { kind: 'leave' }],
  [chosen('b'), 'y', chosen('b')],
  [chosen('b'), '\r', chosen('b')],
];

for (const [before, key, choice, effect] of table) {
  t.test(`${JSON.stringify(key)} while ${before.kind} at ${before.id}`, (t) => {
    const step = afterKey(before, IDS, key);
    t.same(step.choice, choice);
    t.same(step.effect, effect);
    t.end();
  });
}

t.test('the choice goes with its row, and to what takes its place', (t) => {
  t.same(withRows(NOTHING_CHOSEN, []), NOTHING_CHOSEN);
  t.same(withRows(NOTHING_CHOSEN, IDS), chosen('a'));
  t.same(withRows(chosen('b'), ['b', 'a', 'c']), { ...chosen('b'), index: 0 });
  t.same(withRows(chosen('b'), ['a', 'c']), { ...chosen('c'), index: 1 });
  t.same(withRows(chosen('c'), ['a']), chosen('a'));
  t.same(withRows(asked('b'), ['b', 'a']), { ...asked('b'), index: 0 });
  t.same(withRows(asked('b'), ['a', 'c']).kind, 'choosing', 'nobody was asked about that one');
  t.end();
});

t.test('without rows there is nothing to do but to leave', (t) => {
  for (const key of ['p', 'r', 'c', '+', '-', 'up', 'down'])
    t.same(afterKey(NOTHING_CHOSEN, [], key), { choice: NOTHING_CHOSEN }, key);
  t.same(afterKey(NOTHING_CHOSEN, [], 'q').effect, { kind: 'leave' });
  t.end();
});

t.test('the last line names the keys that do something to the chosen one', (t) => {
  const lines = {
    queued: 'q leave, p pause, c cancel, +/- move, up/down choose',
    checking: 'q leave, p pause, c cancel, up/down choose',
    downloading: 'q leave, p pause, c cancel, up/down choose',
    paused: 'q leave, r resume, c cancel, up/down choose',
    interrupted: 'q leave, p pause, r resume, c cancel, +/- move, up/down choose',
    failed: 'q leave, r resume, c cancel, up/down choose',
    cancelled: 'q leave, r resume, up/down choose',
    complete: 'q leave, up/down choose',
  } as const;
  for (const [state, line] of Object.entries(lines))
    t.equal(keysLine({ state: state as keyof typeof lines, kept: 0 }), line);
  t.match(keysLine({ state: 'cancelled', kept: 1 }), /r resume, c cancel/);
  t.equal(keysLine(undefined), 'q leave');
  t.equal(nothingDone('pause', { state: 'complete', kept: 0 }), 'nothing to pause: it is complete');
  t.equal(nothingDone('pause', { state: 'queued', kept: 0 }), 'nothing to pause');
  t.match(nothingDone('move', { state: 'downloading', kept: 0 }), /no line, and is downloading$/);
  t.end();
});
