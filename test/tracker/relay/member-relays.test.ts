/** Which of the members who relay is chosen. */
import t from 'tap';
import { MAX_RELAY_MEMBERS_LOOKED_AT, MAX_RELAYS_LOOKED_AT } from '../../../src/net/limits.js';
import { MemberRelays } from '../../../src/tracker/relay/member-relays.js';
import { SessionRegistry } from '../../../src/tracker/sessions/session-registry.js';

interface Device {
  readonly name: string;
  tell(): void;
}

function device(name: string): Device {
  return { name, tell: () => undefined };
}

/** These are online and in g, each with a device that relays. */
function scene(...names: string[]) {
  const sessions = new SessionRegistry<Device>(() => 0);
  const relays = new MemberRelays<Device>();
  const devices = names.map(device);
  for (const one of devices) {
    sessions.add(one, one.name, ['g']);
    relays.set(one, one.name);
  }
  const choose = (isFit: (name: string) => boolean): string | undefined =>
    relays.choose(sessions.membersInTurn('g'), ({ name }) => (isFit(name) ? name : undefined));
  return { sessions, relays, devices, choose };
}

t.test('those who fit take turns', (t) => {
  const { relays, devices, choose } = scene('ann', 'ben', 'cleo');
  const any = () => choose(() => true);
  t.same([any(), any(), any(), any()], ['ann', 'ben', 'cleo', 'ann']);
  t.equal(
    choose((name) => name !== 'ben'),
    'cleo',
  );
  relays.set(devices[1]!, undefined);
  relays.set(devices[0]!, 'ann');
  t.equal(relays.count, 2, 'saying it twice is nothing new');
  t.same([any(), choose((name) => name !== 'ann')], ['ann', 'cleo']);
  t.equal(
    choose(() => false),
    undefined,
  );
  t.end();
});

t.test('however many relay in other groups, those of this one are found', (t) => {
  const { sessions, relays, choose } = scene('ann');
  for (let n = 0; n <= MAX_RELAYS_LOOKED_AT; n++) {
    const other = device(`other ${n}`);
    sessions.add(other, other.name, ['h']);
    relays.set(other, other.name);
  }
  t.equal(
    choose((name) => name === 'ann'),
    'ann',
  );
  t.end();
});

t.test('no more are looked at than the bound, and the next time those behind it are', (t) => {
  const { choose } = scene(
    ...Array.from({ length: MAX_RELAYS_LOOKED_AT }, (_, n) => `${n}`),
    'ann',
  );
  let looks = 0;
  const chooseAnn = () => choose((name) => ++looks > 0 && name === 'ann');
  t.equal(chooseAnn(), undefined);
  t.equal(looks, MAX_RELAYS_LOOKED_AT);
  t.equal(chooseAnn(), 'ann');
  t.end();
});

t.test('a member with very many devices holds up nobody for long', (t) => {
  const { sessions, relays, choose } = scene('mallory', 'ann');
  for (let n = 0; n < MAX_RELAYS_LOOKED_AT; n++) {
    const another = device(`mallory ${n}`);
    sessions.add(another, 'mallory', []);
    relays.set(another, 'mallory');
  }
  const chooseAnn = () => choose((name) => name === 'ann');
  t.same([chooseAnn(), chooseAnn()], [undefined, 'ann']);
  t.end();
});

t.test('the devices of one member take turns too', (t) => {
  const { relays, choose } = scene('ann');
  relays.set(device('laptop'), 'ann');
  const any = () => choose(() => true);
  t.same([any(), any(), any()], ['ann', 'laptop', 'ann']);
  t.end();
});

t.test('members who do not relay are gone through in parts', (t) => {
  const { sessions, relays } = scene();
  for (let n = 0; n < MAX_RELAY_MEMBERS_LOOKED_AT; n++) sessions.add(device(`${n}`), `${n}`, ['g']);
  const ann = device('ann');
  sessions.add(ann, 'ann', ['g']);
  relays.set(ann, 'ann');
  const choose = () => relays.choose(sessions.membersInTurn('g'), ({ name }) => name);
  t.same([choose(), choose()], [undefined, 'ann']);
  t.end();
});

t.test('a connection relays for the user who is logged in on it now', (t) => {
  const { relays, devices } = scene('ann');
  relays.set(devices[0]!, 'ben');
  const who = (...userIds: string[]) => relays.choose(userIds, (_, userId) => userId);
  t.same([who('ann'), who('ben'), relays.count], [undefined, 'ben', 1]);
  t.end();
});
