import t from 'tap';
import { FairShare } from '../../src/tracker/fair-share.js';

/** Takes what is next, which costs so much; undefined when there is nothing. */
function take(queue: FairShare<string>, cost = 1): string | undefined {
  const next = queue.shift();
  if (next) queue.done(next.party, cost);
  return next?.thing;
}

function takeAll(queue: FairShare<string>): string[] {
  const taken: string[] = [];
  for (let thing = take(queue); thing !== undefined; thing = take(queue)) taken.push(thing);
  return taken;
}

function waiting(...things: string[]): FairShare<string> {
  const queue = new FairShare<string>();
  for (const thing of things) queue.push(thing[0]!, thing);
  return queue;
}

t.test('parties that use as much take turns, each in its own order', (t) => {
  const queue = waiting('a1', 'a2', 'a3', 'b1', 'c1', 'b2');
  t.equal(queue.size, 6);
  t.equal(queue.sizeOf('a'), 3);
  t.same(takeAll(queue), ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  t.equal(queue.size, 0);
  t.end();
});

t.test('who uses ten times as much has a tenth of the turns', (t) => {
  const queue = new FairShare<string>();
  for (let n = 0; n < 200; n++) for (const party of ['dear', 'cheap']) queue.push(party, party);
  const turns = { dear: 0, cheap: 0 };
  for (let n = 0; n < 110; n++) {
    const { party } = queue.shift()!;
    turns[party as keyof typeof turns]++;
    queue.done(party, party === 'dear' ? 10 : 1);
  }
  t.ok(Math.abs(turns.cheap - 100) <= 2, `${turns.cheap} of 110`);
  t.end();
});

t.test('who comes now and then is next', (t) => {
  const queue = new FairShare<string>();
  for (let n = 0; n < 50; n++) for (const party of 'abcdefgh') queue.push(party, party);
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 11; n++) take(queue, 1 + (Math.sqrt(round * 11 + n + 2) % 1));
    queue.push('honest', 'honest');
    t.equal(take(queue, 0.5), 'honest');
  }
  t.end();
});

t.test('nobody saves up turns', (t) => {
  const queue = waiting('a1', 'b1');
  takeAll(queue);
  for (let n = 0; n < 10; n++) queue.push('a', 'a');
  for (let n = 0; n < 8; n++) take(queue);
  for (let n = 0; n < 10; n++) queue.push('b', 'b');
  const next = [take(queue), take(queue), take(queue), take(queue)];
  t.equal(next.filter((party) => party === 'b').length, 2, next.join());
  t.end();
});

t.test('a party has one thing under way at a time', (t) => {
  const queue = waiting('a1', 'a2', 'b1');
  t.equal(queue.shift()?.thing, 'a1');
  t.equal(queue.shift()?.thing, 'b1');
  t.equal(queue.shift(), undefined);
  queue.done('a', 1);
  t.equal(queue.shift()?.thing, 'a2');
  queue.done('nobody', 1);
  t.end();
});

t.test('what costs nothing is counted all the same', (t) => {
  const queue = waiting('a1', 'a2', 'b1');
  t.same([take(queue, 0), take(queue, 0), take(queue, 0)], ['a1', 'b1', 'a2']);
  t.end();
});

t.test('ten thousand parties are served once before one is served again', (t) => {
  const queue = new FairShare<string>();
  const names = Array.from({ length: 10_000 }, (_, n) => `party ${n}`);
  for (const name of names) for (let n = 0; n < 2; n++) queue.push(name, name);
  const first = Array.from(names, () => take(queue));
  t.equal(new Set(first).size, names.length);
  t.equal(takeAll(queue).length, names.length);
  t.end();
});

void t.test('a party is idle when nothing of it waits or is under way', (t) => {
  const share = new FairShare<string>();
  t.equal(share.isIdle('a'), true);
  share.push('a', 'thing');
  t.equal(share.isIdle('a'), false);
  t.equal(share.isIdle('b'), true);
  share.shift();
  t.equal(share.isIdle('a'), false, 'it is under way');
  share.push('b', 'another');
  share.done('a', 1);
  t.equal(share.isIdle('a'), true);
  t.equal(share.isIdle('b'), false);
  t.end();
});

void t.test('what is done for a party that did not wait counts as well', (t) => {
  const share = new FairShare<string>();
  share.push('z', 'z1');
  t.equal(share.aheadBy('a'), 0);
  share.charge('a', 5);
  t.equal(share.aheadBy('a'), 5);
  share.charge('a', 0);
  t.ok(share.aheadBy('a') > 5, 'what costs nothing is counted, too');
  for (const thing of ['a1', 'b1', 'b2', 'b3']) share.push(thing[0]!, thing);
  t.same([take(share), take(share, 2), take(share, 2)], ['z1', 'b1', 'b2']);
  t.equal(share.aheadBy('nobody'), 0);
  t.same([take(share, 2), take(share)], ['b3', 'a1'], 'it waits until the others have had as much');
  t.equal(share.aheadBy('a'), 0, 'when nobody wants anything all begin anew');
  t.end();
});

void t.test('who is charged while waiting pays with what is next', (t) => {
  const share = waiting('a1', 'a2', 'b1', 'b2', 'b3');
  share.charge('a', 3);
  t.same(takeAll(share), ['a1', 'b1', 'b2', 'b3', 'a2']);
  t.end();
});

void t.test('accounts are closed only when nothing waits and nothing is under way', (t) => {
  const share = waiting('b1');
  share.charge('a', 1);
  share.beginAnew();
  t.equal(share.aheadBy('a'), 1);
  share.shift();
  share.beginAnew();
  t.equal(share.aheadBy('a'), 1);
  share.done('b', 1);
  share.charge('a', 1);
  share.beginAnew();
  t.equal(share.aheadBy('a'), 0);
  t.end();
});

void t.test('one lane passes over parties whose oldest thing is of another', (t) => {
  const share = new FairShare<string>((thing) => (thing.endsWith('!') ? 'slow' : 'fast'));
  for (const thing of ['a1!', 'a2', 'b1', 'c1!']) share.push(thing[0]!, thing);
  t.equal(share.shift('fast')?.thing, 'b1');
  t.equal(share.shift('fast'), undefined, 'nobody overtakes themselves');
  t.equal(share.has('fast'), false);
  t.equal(share.has('slow'), true);
  t.equal(share.shift('slow')?.thing, 'a1!');
  share.done('a', 5);
  t.equal(share.shift('fast')?.thing, 'a2');
  t.equal(share.shift('slow')?.thing, 'c1!');
  t.equal(share.size, 0);
  t.end();
});

void t.test(
  'whose lane was not asked for has waited, and who comes then is not before them',
  (t) => {
    const share = new FairShare<string>((thing) => (thing.endsWith('!') ? 'slow' : 'fast'));
    share.push('a', 'a1!');
    for (let n = 0; n < 10; n++) {
      share.push('b', 'b');
      share.shift('fast');
      share.done('b', 1);
    }
    share.push('c', 'c1!');
    t.equal(share.shift('slow')?.thing, 'a1!');
    t.equal(share.shift('slow')?.thing, 'c1!');
    t.end();
  },
);
