import fc from 'fast-check';
import t from 'tap';
import { PAGE_BYTES } from '../../../src/net/limits.js';
import { fitBytes } from '../../../src/tracker/paging.js';
import { fitIds, fitPeers } from '../../../src/tracker/presence/fitting.js';

const text = fc.string({ unit: 'binary', maxLength: 60 });
const host = fc.oneof(text, fc.ipV4(), fc.ipV6());
const address = fc.record({ host, port: fc.nat(65_535) });
const peer = fc.record({
  deviceId: text,
  userId: text,
  addresses: fc.array(address, { maxLength: 8 }),
  complete: fc.boolean(),
  calls: fc.constant(true),
});
const bytesOf = (items: readonly unknown[]) =>
  items.reduce<number>((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)) + 1, 0);

void t.test('what is said to fit does, and nothing is left out that would', async () => {
  fc.assert(
    fc.property(fc.array(peer, { maxLength: 30 }), fc.nat(8_000), (peers, maxBytes) => {
      const fitting = fitPeers(peers, maxBytes);
      const exact = fitBytes(peers, maxBytes);
      return (
        fitting.length === exact.length && (fitting.length <= 1 || bytesOf(fitting) <= maxBytes)
      );
    }),
  );
});

void t.test('a page of device ids', async (t) => {
  const ids = Array.from({ length: 2_000 }, (_, n) => `${n}`.padStart(64, '0'));
  t.ok(bytesOf(fitIds(ids)) <= PAGE_BYTES);
  t.equal(fitIds(ids).length, fitBytes(ids).length);
  t.equal(fitIds(ids.slice(0, 200)).length, 200);
  t.equal(fitIds(['\u0000'.repeat(64), ...ids.slice(0, 9)]).length, 10);
});
