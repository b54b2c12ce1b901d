import t from 'tap';
import {
  counted,
  givenBack,
  isOpenTo,
  verdictOn,
  withPass,
} from '../../../src/main/guests/guest-link.js';
import { GUEST_PASS_MS, MAX_GUEST_PASSES } from '../../../src/net/limits.js';

const fresh = { taken: 0, passes: [], expiresAtMs: 10 * GUEST_PASS_MS };
type Link = Parameters<typeof verdictOn>[0];
const taken = (link: Link, network: string, nowMs: number): Link =>
  withPass(counted(link), network, nowMs);
const whole = { network: 'a', isResuming: false };
const rest = { network: 'a', isResuming: true };

t.test('a download counts once, and its rest goes on for a day', (t) => {
  const link = { ...fresh, downloads: 1 };
  t.equal(verdictOn(link, whole, 0), 'counts');
  t.equal(verdictOn(link, rest, 0), 'counts', 'the first byte cannot be left out');
  const used = taken(link, 'a', 0);
  t.equal(verdictOn(used, whole, 1), 'over');
  t.equal(verdictOn(used, rest, 1), 'goes-on');
  t.equal(verdictOn(used, { ...rest, network: 'b' }, 1), 'over');
  t.equal(verdictOn(used, rest, GUEST_PASS_MS), 'over');
  t.equal(isOpenTo(used, 'a', 1), true);
  t.equal(isOpenTo(used, 'b', 1), false);
  t.end();
});

t.test('without a bound every beginning counts, until it expires', (t) => {
  let link: Link = fresh;
  for (let count = 1; count <= 5; count++) {
    t.equal(verdictOn(link, whole, count), 'counts');
    link = taken(link, 'a', count);
    t.equal(link.taken, count);
    t.equal(link.passes.length, 1, 'one network has one pass');
  }
  t.equal(verdictOn(link, rest, 10), 'goes-on');
  t.equal(verdictOn(link, rest, fresh.expiresAtMs), 'over');
  t.end();
});

t.test('what could not be noted is given back, and what was before stays', (t) => {
  const link = { ...fresh, downloads: 2 };
  const begun = counted(link);
  t.equal(verdictOn(begun, rest, 1), 'counts', 'nobody goes on with what is not noted');
  t.same(givenBack(begun), link);
  const second = counted(taken(link, 'a', 0));
  t.equal(verdictOn(second, whole, 1), 'over');
  t.equal(verdictOn(givenBack(second), whole, 1), 'counts');
  t.equal(verdictOn(givenBack(second), rest, 1), 'goes-on');
  t.end();
});

t.test('the oldest pass gives way', (t) => {
  let link: Link = fresh;
  for (let guest = 0; guest <= MAX_GUEST_PASSES; guest++) link = taken(link, `n${guest}`, guest);
  t.equal(link.passes.length, MAX_GUEST_PASSES);
  t.equal(verdictOn(link, { network: 'n0', isResuming: true }, 99), 'counts');
  t.equal(verdictOn(link, { network: 'n1', isResuming: true }, 99), 'goes-on');
  t.end();
});
