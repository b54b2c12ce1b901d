/** Which of the members who relay is chosen. */
import t from 'tap';
import { MAX_RELAYS_LOOKED_AT } from '../../../src/net/limits.js';
import { MemberRelays } from '../../../src/tracker/relay/member-relays.js';

t.test('those who fit take turns', (t) => {
  const relays = new MemberRelays<{ name: string }>();
  const [ann, ben, cleo] = ['ann', 'ben', 'cleo'].map((name) => ({ name }));
  for (const one of [ann, ben, cleo]) relays.set(one!, true);
  const choose = (without = ''): string | undefined =>
    relays.choose(({ name }) => (name === without ? undefined : name));
  t.same([choose(), choose(), choose(), choose()], ['ann', 'ben', 'cleo', 'ann']);
  t.equal(choose('ben'), 'cleo');
  relays.set(ben!, false);
  relays.set(ann!, true);
  t.equal(relays.count, 2, 'saying it twice is nothing new');
  t.same([choose(), choose('ann')], ['ann', 'cleo']);
  t.equal(
    relays.choose(() => undefined),
    undefined,
  );
  t.end();
});

t.test('no more of them are looked at than the bound', (t) => {
  const relays = new MemberRelays<{ number: number }>();
  for (let number = 0; number <= MAX_RELAYS_LOOKED_AT; number++) relays.set({ number }, true);
  let looks = 0;
  relays.choose(() => {
    looks++;
    return undefined;
  });
  t.equal(looks, MAX_RELAYS_LOOKED_AT);
  t.end();
});
