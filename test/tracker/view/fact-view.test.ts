import t from 'tap';
import { MAX_VIEWED_FACTS, MAX_VIEWED_FACTS_PER_GROUP } from '../../../src/net/limits.js';
import { FactView } from '../../../src/tracker/view/fact-view.js';
import { at } from '../../fixtures/incarnations.js';

const g = { groupId: 'g', ...at(1) };

function filled(): FactView {
  const view = new FactView();
  view.learnGroup(g);
  view.learnRole('g', 'anna', 'owner');
  view.learnRole('g', 'ben', 'member');
  view.learnShared('g', 'cat');
  view.learnShared('g', 'dog');
  return view;
}

void t.test('what was learnt is known, and nothing else', (t) => {
  const view = filled();
  t.same(view.group('g'), g);
  t.equal(view.role('g', 'anna'), 'owner');
  t.equal(view.role('g', 'carl'), undefined);
  t.equal(view.role('h', 'anna'), undefined);
  t.equal(view.isShared('g', 'cat'), true);
  t.equal(view.isShared('g', 'cow'), false);
  t.equal(view.isShared('h', 'cat'), false);
  t.equal(view.size, 6, 'that the group is kept is one of them');
  t.end();
});

void t.test('what was touched is forgotten, and only that', (t) => {
  const view = filled();
  view.forget([{ fact: 'role', groupId: 'g', userId: 'ben' }]);
  t.equal(view.role('g', 'ben'), undefined);
  t.equal(view.role('g', 'anna'), 'owner');
  view.forget([{ fact: 'standing', groupId: 'g' }]);
  t.equal(view.group('g'), undefined);
  t.equal(view.isShared('g', 'cat'), true);
  view.forget([{ fact: 'contents', groupId: 'g' }]);
  t.equal(view.isShared('g', 'cat'), false);
  t.equal(view.role('g', 'anna'), 'owner');
  t.equal(view.size, 2);
  view.forget([{ fact: 'group', groupId: 'g' }]);
  t.equal(view.role('g', 'anna'), undefined);
  t.equal(view.size, 0);
  t.end();
});

void t.test('all is forgotten, and nothing that was read before is learnt', (t) => {
  const view = filled();
  const { version } = view;
  view.forgetAll();
  t.equal(view.size, 0);
  t.equal(view.role('g', 'anna'), undefined);
  t.equal(view.keeps('g'), false);
  t.not(view.version, version);
  view.learnRole('g', 'anna', 'member');
  t.equal(view.size, 2, 'and it is counted from there');
  t.end();
});

void t.test('the version rises with what is forgotten, also of what is not kept', (t) => {
  const view = filled();
  const before = view.version;
  view.forget([]);
  t.equal(view.version, before);
  view.forget([{ fact: 'group', groupId: 'nowhere' }]);
  t.not(view.version, before);
  t.end();
});

void t.test('what is not asked for makes room', (t) => {
  const view = new FactView();
  const groups = MAX_VIEWED_FACTS / 1_024;
  view.learnRole('asked for', 'anna', 'member');
  for (let group = 0; group < 2 * groups; group++) {
    for (let n = 0; n < 1_024; n++) view.learnShared(`g${group}`, `${n}`);
    t.equal(view.role('asked for', 'anna'), 'member', 'it stays');
  }
  t.ok(view.size <= MAX_VIEWED_FACTS, `${view.size} facts`);
  t.equal(view.isShared('g0', '0'), false);
  t.equal(view.isShared(`g${2 * groups - 1}`, '0'), true);
  t.end();
});

void t.test('a group that is too large costs itself', (t) => {
  const view = filled();
  for (let n = 0; n < 3 * MAX_VIEWED_FACTS_PER_GROUP; n++) view.learnShared('large', `${n}`);
  t.ok(view.size <= MAX_VIEWED_FACTS_PER_GROUP + 6, `${view.size} facts`);
  t.equal(view.isShared('large', `${3 * MAX_VIEWED_FACTS_PER_GROUP - 1}`), true);
  t.equal(view.role('g', 'anna'), 'owner');
  t.end();
});

void t.test('a group of which nothing is known is not kept', (t) => {
  const view = new FactView();
  const groups = MAX_VIEWED_FACTS / 2;
  for (let n = 0; n < groups; n++) {
    const groupId = `g${n}`;
    view.learnRole(groupId, 'anna', 'member');
    view.learnGroup({ groupId, ...at(1) });
    view.learnShared(groupId, 'cat');
  }
  t.ok(view.size > MAX_VIEWED_FACTS / 4, 'young and old ones');
  t.ok(view.size <= MAX_VIEWED_FACTS, `${view.size} facts`);
  for (let n = 0; n < groups; n++) {
    const groupId = `g${n}`;
    view.forget([{ fact: 'contents', groupId }]);
    view.forget([{ fact: 'standing', groupId }]);
    view.forget([{ fact: 'role', groupId, userId: 'anna' }]);
    view.forget([{ fact: 'role', groupId, userId: 'ben' }]);
  }
  t.equal(view.size, 0);
  view.learnGroup(g);
  t.equal(view.size, 2);
  t.end();
});
