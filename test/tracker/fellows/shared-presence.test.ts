import t from 'tap';
import type { DeviceHolder } from '../../../src/tracker/fellows/device-holder.js';
import { SharedPresence } from '../../../src/tracker/fellows/shared-presence.js';

const holder: DeviceHolder = {
  deviceId: 'ours',
  isHere: true,
  places: [],
  push: () => undefined,
  tell: () => undefined,
  end: () => undefined,
};

/** One device of ours, one of another tracker, and both offer the same. */
function scene() {
  let isHeard = true;
  const presence = new SharedPresence({
    tracker: 'one',
    onChange: () => undefined,
    onOwnChange: () => undefined,
    onTakenOver: () => undefined,
    passOn: () => undefined,
    isHeard: () => isHeard,
    nowMs: () => 1,
  });
  const reach = { addresses: [], calls: false };
  presence.goOnline({ deviceId: 'ours', userId: 'ben', ...reach }, holder);
  const told = { deviceId: 'theirs', userId: 'ben', ...reach, stamp: 1, places: [] };
  const theirs = presence.onFellowDevice('two', told);
  const offer = (): void => {
    presence.announce('ours', 'g', 'cat', true);
    presence.onFellowOffer(theirs!, { groupId: 'g', fileId: 'cat' }, true);
  };
  offer();
  return { presence, offer, setHeard: (now: boolean) => void (isHeard = now) };
}

const withdrawals: Readonly<Record<string, (presence: SharedPresence) => void>> = {
  'who was kicked': (presence) => presence.withdrawUser('ben', 'g'),
  'what nobody shares': (presence) => presence.withdrawContent('g', 'cat'),
  'an offer that has ended': (presence) => {
    for (const deviceId of ['ours', 'theirs']) presence.withdraw(deviceId, 'g', 'cat');
  },
};

for (const [name, withdraw] of Object.entries(withdrawals)) {
  void t.test(`${name} is withdrawn of copies while nobody is heard, and else not`, (t) => {
    const { presence, offer, setHeard } = scene();
    const peers = (): number => presence.swarmSize('g', 'cat').peers;
    t.equal(peers(), 2);
    withdraw(presence);
    t.equal(peers(), 1, 'their tracker says it of theirs');
    offer();
    setHeard(false);
    withdraw(presence);
    t.equal(peers(), 0);
    setHeard(true);
    offer();
    t.equal(peers(), 2, 'what is told again later is there again');
    t.end();
  });
}
