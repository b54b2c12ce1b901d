/** In which order the addresses of a tracker are dialled, and which of them wait. */
import t from 'tap';
import { TrackerAddresses } from '../../../src/main/tracker-link/tracker-addresses.js';
import { TrackerError } from '../../../src/net/errors.js';
import {
  MAX_TRACKER_ADDRESSES,
  TRACKER_ADDRESS_WAIT_MAX_MS,
  TRACKER_ADDRESS_WAIT_MIN_MS,
} from '../../../src/net/limits.js';
import type { PeerAddress } from '../../../src/net/tracker-api.js';

const at = (name: string): PeerAddress => ({ host: `${name}.example`, port: 8000 });
const namesOf = (all: readonly PeerAddress[]): string =>
  all.map(({ host }) => host.replace('.example', '')).join(' ');
const identity = { how: 'key', trackerId: 'a'.repeat(64) } as const;
const gone = new TrackerError('TRACKER_UNREACHABLE', 'gone');

/** Addresses by their names. */
function scene(said: string, learnt = '', more: { worked?: string; isKnown?: boolean } = {}) {
  const { worked, isKnown = true } = more;
  const list = (text: string) => text.split(' ').filter(Boolean).map(at);
  return new TrackerAddresses({
    said: list(said),
    learnt: list(learnt),
    ...(worked !== undefined && { worked: at(worked) }),
    ...(isKnown && { identity }),
  });
}

t.test('the one that worked last is first, then the user’s, then those it told', (t) => {
  const cases: [all: TrackerAddresses, order: string][] = [
    [scene('a b'), 'a b'],
    [scene('a b', 'c'), 'a b c'],
    [scene('a b', 'c b a'), 'a b c'],
    [scene('a b', 'c', { worked: 'b' }), 'b a c'],
    [scene('a b', 'c', { worked: 'c' }), 'c a b'],
    [scene('a b', '', { worked: 'gone' }), 'a b'],
    [scene('a a b'), 'a b'],
  ];
  for (const [all, order] of cases) {
    t.equal(namesOf(all.candidates(0)), order);
    t.equal(namesOf([all.current]), order[0]);
  }
  t.end();
});

t.test('what a tracker told is not dialled before it is known what it has to show', (t) => {
  const all = scene('a', 'b', { isKnown: false });
  t.equal(namesOf(all.candidates(0)), 'a');
  const lately = scene('a', 'b', { isKnown: false, worked: 'b' });
  t.equal(namesOf(lately.candidates(0)), 'a', 'nor where it worked last');
  all.onMet(identity);
  t.equal(namesOf(all.candidates(0)), 'a b');
  all.onMet({ how: 'key', trackerId: 'b'.repeat(64) });
  t.same(all.identity, identity, 'that is final');
  t.end();
});

t.test('where an authority vouches for a tracker nothing is taken on that it tells', (t) => {
  const vouched = { how: 'authority', trackerId: 'a.example:8000' } as const;
  const all = scene('a', 'b', { isKnown: false, worked: 'b' });
  all.onMet(vouched);
  t.equal(namesOf(all.candidates(0)), 'a', 'what was told before is forgotten');
  all.learn([at('c')]);
  t.equal(namesOf(all.all), 'a');
  const again = new TrackerAddresses({ said: [at('a')], learnt: [at('b')], identity: vouched });
  t.equal(namesOf(again.all), 'a');
  t.end();
});

t.test('one that failed waits, longer each time, while another one is worth a try', (t) => {
  const all = scene('a b');
  let nowMs = 0;
  const waits: number[] = [];
  for (let times = 0; times < 10; times++) {
    all.onFailed(at('a'), gone, nowMs);
    t.equal(namesOf(all.candidates(nowMs)), 'b');
    const startMs = nowMs;
    while (namesOf(all.candidates(nowMs)) === 'b') nowMs += 100;
    waits.push(nowMs - startMs);
  }
  t.equal(waits[0], TRACKER_ADDRESS_WAIT_MIN_MS);
  t.equal(waits[1], 2 * TRACKER_ADDRESS_WAIT_MIN_MS);
  t.equal(waits.at(-1), TRACKER_ADDRESS_WAIT_MAX_MS);
  all.onFailed(at('a'), gone, nowMs);
  all.onFailed(at('b'), gone, nowMs);
  t.equal(namesOf(all.candidates(nowMs)), 'a b', 'who has none left dials all');
  t.end();
});

t.test('one that works again is first, and has failed never', (t) => {
  const all = scene('a b');
  all.onFailed(at('b'), gone, 0);
  all.onFailed(at('b'), gone, 0);
  all.onWorked(at('b'));
  t.equal(namesOf(all.candidates(0)), 'b a');
  all.onFailed(at('b'), gone, 0);
  t.equal(namesOf(all.candidates(0)), 'a');
  t.equal(namesOf(all.candidates(TRACKER_ADDRESS_WAIT_MIN_MS)), 'b a');
  t.end();
});

t.test('in another network nobody waits', (t) => {
  const all = scene('a b');
  all.onFailed(at('a'), gone, 0);
  all.onNetworkChanged();
  t.equal(namesOf(all.candidates(0)), 'a b');
  t.end();
});

t.test('that one fails is news once, and again for another reason', (t) => {
  const all = scene('a b');
  t.equal(all.onFailed(at('a'), gone, 0), true);
  t.equal(all.onFailed(at('a'), gone, 0), false);
  t.equal(all.onFailed(at('a'), new TrackerError('IDENTITY_CHANGED', 'other'), 0), true);
  all.onAnswered(at('a'));
  t.equal(all.onFailed(at('a'), gone, 0), true);
  t.end();
});

t.test('what it tells replaces what it told; looking at the others changes no order', (t) => {
  const all = scene('a', 'b c');
  all.onAnswered(at('c'));
  t.equal(namesOf(all.candidates(0)), 'a b c');
  all.learn(['d', 'a'].map(at));
  t.equal(namesOf(all.all), 'a d');
  t.match(all.looks(), [
    { from: 'user', fate: { state: 'untried' } },
    { from: 'tracker', fate: { state: 'untried' } },
  ]);
  all.learn([at('c')]);
  t.match(all.looks()[1], { fate: { state: 'untried' } }, 'what has gone is forgotten');
  t.end();
});

t.test('there is a bound for what the user says, and for what a tracker tells', (t) => {
  const many = Array.from({ length: 20 }, (_, n) => `s${n}`).join(' ');
  const all = scene(many, many.replaceAll('s', 'l'));
  t.equal(all.said.length, MAX_TRACKER_ADDRESSES);
  t.equal(all.learnt.length, MAX_TRACKER_ADDRESSES);
  all.learn(many.split(' ').map(at));
  t.equal(all.learnt.length, MAX_TRACKER_ADDRESSES);
  t.throws(() => scene(''), /bug: a tracker without an address/);
  t.end();
});
