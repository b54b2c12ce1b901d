import t from 'tap';
import { HeardPeers, type Claim } from '../../../src/main/lan/heard-peers.js';
import {
  LAN_ANSWER_SPREAD_MS,
  LAN_NEWS_MS,
  LAN_PEER_LIFE_MS,
  MAX_LAN_ADDRESSES_PER_DEVICE,
  MAX_LAN_DEVICES_PER_FILE,
  MAX_LAN_DEVICES_PER_SOURCE,
} from '../../../src/net/limits.js';

const file = { groupId: 'g', fileId: 'f' };
const claim = (deviceId: string, host = '192.0.2.1', more: Partial<Claim> = {}): Claim => ({
  ...file,
  deviceId,
  userId: 'ann',
  address: { host, port: 7 },
  isComplete: true,
  ...more,
});

const EACH_MS = 2_000;

t.test('who says something new is news, and who is silent is gone', (t) => {
  const heard = new HeardPeers();
  const peer = {
    deviceId: 'd',
    userId: 'ann',
    addresses: [{ host: '192.0.2.1', port: 7 }],
    complete: false,
  };
  const first = claim('d', '192.0.2.1', { isComplete: false });
  t.same(heard.onClaim(first, 0), { ...file, online: [peer], gone: [] });
  t.equal(heard.onClaim(first, 1), undefined, 'the same again');
  t.match(heard.onClaim(claim('d'), 2), { online: [{ complete: true }] });
  const six = { host: 'fe80::1%eth0', port: 7 };
  const both = [{ host: '192.0.2.1', port: 7 }, six];
  t.match(heard.onClaim(claim('d', six.host), 10), { online: [{ addresses: both }] });
  t.ok(heard.hasHeard(six) && heard.hasHeard({ host: 'fe80::1', port: 7 }));
  t.same(
    heard.forgetSilent(LAN_PEER_LIFE_MS, () => LAN_PEER_LIFE_MS),
    [],
  );
  const [change] = heard.forgetSilent(LAN_PEER_LIFE_MS + 2, () => LAN_PEER_LIFE_MS);
  t.match(change, { online: [{ addresses: [six] }], gone: [] }, 'one of two addresses');
  t.match(
    heard.forgetSilent(LAN_PEER_LIFE_MS + 10, () => LAN_PEER_LIFE_MS),
    [{ ...file, online: [], gone: ['d'] }],
  );
  t.same(heard.peersOf(file), []);
  t.notOk(heard.hasHeard(six));
  t.end();
});

t.test('one that is heard elsewhere has left where two answers are missing', (t) => {
  const heard = new HeardPeers();
  const left = 2 * EACH_MS + LAN_ANSWER_SPREAD_MS;
  const answered = left + LAN_ANSWER_SPREAD_MS;
  heard.onClaim(claim('d', '192.0.2.1'), 0);
  heard.onClaim(claim('e', '192.0.2.3'), 0);
  heard.onClaim(claim('d', '192.0.2.2'), left - 1);
  t.same(
    heard.forgetSilent(answered, () => EACH_MS),
    [],
    'one answer may be lost',
  );
  heard.onClaim(claim('d', '192.0.2.2'), left);
  t.same(
    heard.forgetSilent(answered - 1, () => EACH_MS),
    [],
    'others may be on their way',
  );
  t.same(
    heard.forgetSilent(answered, () => 2 * EACH_MS),
    [],
    'it was asked more seldom',
  );
  const there = [{ host: '192.0.2.2', port: 7 }];
  const online = [{ deviceId: 'd', addresses: there }];
  t.match(
    heard.forgetSilent(answered, () => EACH_MS),
    [{ online, gone: [] }],
  );
  t.match(heard.peersOf(file), [{ addresses: there }, { deviceId: 'e' }]);
  t.end();
});

t.test('where one is heard is told again after a while', (t) => {
  const heard = new HeardPeers();
  heard.onClaim(claim('d'), 0);
  t.equal(heard.onClaim(claim('d'), LAN_NEWS_MS - 1), undefined);
  t.match(heard.onClaim(claim('d'), LAN_NEWS_MS), { online: [{ deviceId: 'd' }] });
  t.equal(heard.onClaim(claim('d'), LAN_NEWS_MS + 1), undefined);
  t.end();
});

t.test('liars fill no more than their part', (t) => {
  const heard = new HeardPeers();
  for (let n = 0; n < 100; n++) heard.onClaim(claim(`liar ${n}`), 0);
  t.equal(heard.peersOf(file).length, MAX_LAN_DEVICES_PER_SOURCE);
  for (let n = 0; n < 100; n++) heard.onClaim(claim(`other ${n}`, `198.51.100.${n}`), 0);
  t.equal(heard.peersOf(file).length, MAX_LAN_DEVICES_PER_FILE);
  for (let n = 0; n < 100; n++) {
    heard.onClaim(
      claim('liar 0', '192.0.2.1', { address: { host: '192.0.2.1', port: 100 + n } }),
      0,
    );
  }
  t.equal(heard.peersOf(file)[0]?.addresses.length, MAX_LAN_ADDRESSES_PER_DEVICE);
  heard.forget(file);
  t.same(heard.peersOf(file), []);
  t.end();
});
