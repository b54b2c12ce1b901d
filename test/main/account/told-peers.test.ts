import t from 'tap';
import { ToldPeers } from '../../../src/main/account/told-peers.js';
import type { OnlinePeer } from '../../../src/net/tracker-api.js';

const peer = (deviceId: string, hosts: readonly string[], complete = false): OnlinePeer => ({
  deviceId,
  userId: `user of ${deviceId}`,
  addresses: hosts.map((host) => ({ host, port: 7 })),
  complete,
});

t.test('a device is gone when neither tells of it', (t) => {
  const told = new ToldPeers();
  t.same(told.onTracker({ online: [peer('a', ['far'])], gone: [] }).online, [peer('a', ['far'])]);
  const both = peer('a', ['near', 'far'], true);
  t.same(told.onNetwork({ online: [peer('a', ['near'], true)], gone: [] }).online, [both]);
  t.same(told.onTracker({ online: [], gone: ['a'] }), {
    online: [peer('a', ['near'], true)],
    ...{ gone: [], lost: [] },
  });
  t.same(told.onNetwork({ online: [], gone: ['a'] }), { online: [], gone: ['a'], lost: [] });
  t.end();
});

t.test(
  'a device is lost when nobody hears of it and nobody has said that it ended its share',
  (t) => {
    const lost = { online: [], gone: [], lost: ['a'] };
    const ended = { online: [], gone: ['a'], lost: [] };
    const online = [peer('a', ['x'])];
    const goneFrom = {
      'tracker, lost': (told: ToldPeers) => told.onTracker({ online: [], gone: ['a'], lost: true }),
      'tracker, ended': (told: ToldPeers) => told.onTracker({ online: [], gone: ['a'] }),
      network: (told: ToldPeers) => told.onNetwork({ online: [], gone: ['a'] }),
      'tracker, again': (told: ToldPeers) => told.onTracker({ online, gone: [] }),
    };
    const cases: [by: ('tracker' | 'network')[], (keyof typeof goneFrom)[], unknown][] = [
      [['tracker'], ['tracker, lost'], lost],
      [['tracker'], ['tracker, ended'], ended],
      [['network'], ['network'], lost],
      [['tracker', 'network'], ['tracker, lost', 'network'], lost],
      [['tracker', 'network'], ['network', 'tracker, lost'], lost],
      [['tracker', 'network'], ['tracker, ended', 'network'], ended],
      [['tracker', 'network'], ['network', 'tracker, ended'], ended],
      [
        ['tracker', 'network'],
        ['tracker, ended', 'tracker, again', 'network', 'tracker, lost'],
        lost,
      ],
    ];
    for (const [by, steps, last] of cases) {
      const told = new ToldPeers();
      if (by.includes('tracker')) told.onTracker({ online, gone: [] });
      if (by.includes('network')) told.onNetwork({ online, gone: [] });
      t.same(steps.map((step) => goneFrom[step](told)).at(-1), last, steps.join(', '));
    }
    t.end();
  },
);

t.test('those of one’s own network are dialled first, at most eight addresses each', (t) => {
  const told = new ToldPeers();
  told.onNetwork({ online: [peer('n', ['1', '2']), peer('m', ['3'])], gone: [] });
  const far = Array.from({ length: 8 }, (_, index) => `far ${index}`);
  const all = told.onAll([peer('a', ['x']), peer('n', far)]);
  t.same(
    all.map(({ deviceId }) => deviceId),
    ['m', 'n', 'a'],
  );
  t.same(
    all[1]?.addresses.map(({ host }) => host),
    ['1', '2', ...far.slice(0, 6)],
  );
  t.same(
    told.onAll([]).map(({ deviceId }) => deviceId),
    ['n', 'm'],
    'the tracker has forgotten all',
  );
  t.end();
});

t.test('what the tracker says besides is kept, also where the network tells the same', (t) => {
  const told = new ToldPeers();
  const calls = { ...peer('a', []), calls: true };
  t.same(told.onAll([calls]), [calls]);
  t.same(told.onNetwork({ online: [peer('a', ['near'])], gone: [] }).online, [
    { ...peer('a', ['near']), calls: true },
  ]);
  t.end();
});

t.test('where the tracker no longer tells of a device it is heard no more', (t) => {
  const told = new ToldPeers();
  told.onAll([peer('a', ['old', 'far'])]);
  told.onNetwork({ online: [peer('a', ['old'])], gone: [] });
  const moved = peer('a', ['new', 'far']);
  t.same(told.onTracker({ online: [moved], gone: [] }).online, [moved]);
  // It may have lost the tracker with its address.
  told.onNetwork({ online: [peer('a', ['new'])], gone: [] });
  told.onTracker({ online: [], gone: ['a'], lost: true });
  const again = peer('a', ['newer', 'far']);
  t.same(told.onTracker({ online: [again], gone: [] }).online, [again]);
  // What the tracker never told is no business of its.
  told.onNetwork({ online: [peer('a', ['near'])], gone: [] });
  t.same(told.onTracker({ online: [peer('a', ['other'])], gone: [] }).online, [
    peer('a', ['near', 'other']),
  ]);
  t.end();
});
