/** Who gets a place of a download; users and devices are names. */
import t from 'tap';
import { DownloadPlaces, type PlaceHolder } from '../../../src/main/downloads/download-places.js';
import {
  MAX_DEVICES_PER_USER,
  MAX_PEERS_PER_DOWNLOAD,
  MAX_UNPROVEN_DIALS_PER_DOWNLOAD,
} from '../../../src/net/limits.js';

function holder(
  userId: string,
  changes: { complete?: boolean; isReady?: boolean; deviceId?: string } = {},
): PlaceHolder {
  const { complete = true, isReady = true, deviceId = `device of ${userId}` } = changes;
  return { peer: { userId, deviceId, addresses: [], complete }, isReady };
}

function holders(
  count: number,
  changes: { complete?: boolean; isReady?: boolean } = {},
): PlaceHolder[] {
  return Array.from({ length: count }, (_, number) => holder(`user ${number}`, changes));
}

t.test('half of the places are kept for peers that have the whole file', async (t) => {
  const half = MAX_PEERS_PER_DOWNLOAD / 2;
  const partial = holders(half, { complete: false });
  const places = new DownloadPlaces(partial);
  const obstacle = places.obstacleFor(holder('anna', { complete: false }).peer);
  t.ok(obstacle?.(holder('x', { complete: false })), 'one of those with a part would have to go');
  t.notOk(obstacle?.(holder('x')));
  t.equal(places.obstacleFor(holder('sharer').peer), undefined);
  const all = new DownloadPlaces(holders(MAX_PEERS_PER_DOWNLOAD));
  t.ok(all.obstacleFor(holder('sharer').peer)?.(holder('x')), 'and no more than all');
});

t.test('a user has few devices at a time, each with as many connections as it has', async (t) => {
  const its = Array.from({ length: MAX_DEVICES_PER_USER }, (_, number) =>
    holder('mallory', { deviceId: `device ${number}` }),
  );
  const places = new DownloadPlaces(its);
  const obstacle = places.obstacleFor(holder('mallory', { deviceId: 'one more' }).peer);
  t.ok(obstacle?.(its[0]!), 'another one of the same user would have to go');
  t.notOk(obstacle?.(holder('anna')));
  t.equal(places.obstacleFor(its[1]!.peer), undefined, 'a further connection of one that is in');
  t.equal(places.obstacleFor(holder('anna').peer), undefined);
});

t.test('few dials are unproven at a time', async (t) => {
  const places = new DownloadPlaces(holders(MAX_UNPROVEN_DIALS_PER_DOWNLOAD, { isReady: false }));
  const obstacle = places.obstacleFor(holder('anna').peer);
  t.ok(obstacle?.(holder('x', { isReady: false })));
  t.notOk(obstacle?.(holder('x')));
});
