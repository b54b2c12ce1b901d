/** Which pieces are kept: scenes, and any order of what can happen against a disk that loses. */
import fc from 'fast-check';
import t from 'tap';
import {
  MAX_FILES_PER_SYNC_BYTES,
  SYNC_EVERY_BYTES,
  SYNC_EVERY_MS,
} from '../../../src/net/limits.js';
import { KeptPieces } from '../../../src/main/downloads/kept-pieces.js';
import { bitsOf, layoutOf, MiB } from '../swarm/fake-swarm.js';

const PIECES = 20;
const layout = layoutOf(PIECES, 8 * MiB);
const scene = (kept: readonly number[] = []) => new KeptPieces(layout, bitsOf(PIECES, kept));

t.test('a piece is kept by a sync that began after it was verified, and by no other', (t) => {
  const pieces = scene();
  pieces.onVerified([3], 0);
  pieces.onSyncBegun();
  pieces.onVerified([4], 0);
  t.same([...pieces.kept.indexes()], []);
  t.same(pieces.unkept, [3, 4]);
  pieces.onSynced();
  t.same([...pieces.kept.indexes()], [3]);
  t.equal(pieces.keptBytes, 8 * MiB);
  t.same(pieces.unkept, [4]);
  t.ok(pieces.hasFresh);
  t.end();
});

t.test('what an earlier run kept stays so, and is not synced for', (t) => {
  const pieces = scene([1, 2]);
  t.equal(pieces.keptBytes, 16 * MiB);
  pieces.onVerified([1, 2], 0);
  t.notOk(pieces.hasFresh);
  t.notOk(pieces.isDue(SYNC_EVERY_MS));
  t.end();
});

t.test('a sync is due after so many bytes, or some time after the first of them', (t) => {
  const pieces = scene();
  t.notOk(pieces.isDue(10 * SYNC_EVERY_MS), 'nothing to sync');
  pieces.onVerified([0], 5);
  t.notOk(pieces.isDue(5));
  t.ok(pieces.isDue(5 + SYNC_EVERY_MS));
  for (let piece = 1; piece * 8 * MiB < SYNC_EVERY_BYTES; piece++) pieces.onVerified([piece], 5);
  t.ok(pieces.isDue(5));
  pieces.onSyncBegun();
  t.notOk(pieces.isDue(5 + SYNC_EVERY_MS), 'one at a time');
  pieces.onVerified([10], 50);
  pieces.onSynced();
  t.notOk(pieces.isDue(5 + SYNC_EVERY_MS));
  t.ok(pieces.isDue(50 + SYNC_EVERY_MS));
  t.end();
});

t.test('where they lie in many files, more bytes gather, up to a bound', (t) => {
  const many = layoutOf(5 * PIECES, 8 * MiB);
  const perSync = SYNC_EVERY_BYTES / (8 * MiB);
  const dueAfter = (files: number): number => {
    const kept = bitsOf(many.pieceCount, []);
    const pieces = new KeptPieces(many, kept, (piece) => piece % files);
    let count = 0;
    while (!pieces.isDue(0)) pieces.onVerified([count++], 0);
    pieces.onSyncBegun();
    pieces.onSynced();
    pieces.onVerified([count], 0);
    t.ok(pieces.isDue(SYNC_EVERY_MS), 'the time is the same');
    for (let more = 1; more < perSync; more++) pieces.onVerified([count + more * files], 0);
    t.ok(pieces.isDue(0), 'a sync forgets which files there were');
    return count;
  };
  t.equal(dueAfter(1), perSync);
  t.equal(dueAfter(2), 2 * perSync);
  t.equal(dueAfter(PIECES), MAX_FILES_PER_SYNC_BYTES * perSync);
  t.end();
});

t.test('after a sync that failed nothing more is kept, and none is tried', (t) => {
  const pieces = scene([0]);
  pieces.onVerified([1], 0);
  pieces.onSyncBegun();
  pieces.onSyncFailed();
  pieces.onVerified([2], 0);
  t.notOk(pieces.isDue(10 * SYNC_EVERY_MS));
  t.throws(() => pieces.onSyncBegun(), /bug: a sync begins while one is failed/);
  t.same([...pieces.kept.indexes()], [0]);
  t.end();
});

/** What may happen; a step that is impossible in a state does not happen. */
type Step =
  | { readonly type: 'verified'; readonly piece: number }
  | { readonly type: 'begun' | 'synced' | 'failed' }
  /** The power fails; the next run begins with what was kept, if its record was written. */
  | { readonly type: 'crash' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('verified' as const), piece: fc.nat(PIECES - 1) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('begun' as const, 'synced' as const) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('failed' as const, 'crash' as const) }),
  },
);

t.test('whatever happens in whatever order, nothing is kept that the disk does not have', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const disk = new Set<number>();
      let cached = new Set<number>();
      let atBegin: ReadonlySet<number> = new Set();
      let pieces = scene();
      let state: 'idle' | 'syncing' | 'failed' = 'idle';
      for (const next of steps) {
        if (next.type === 'verified') {
          pieces.onVerified([next.piece], 0);
          cached.add(next.piece);
        } else if (next.type === 'begun' && state === 'idle') {
          pieces.onSyncBegun();
          atBegin = new Set(cached);
          state = 'syncing';
        } else if (next.type === 'synced' && state === 'syncing') {
          for (const piece of atBegin) disk.add(piece);
          pieces.onSynced();
          state = 'idle';
        } else if (next.type === 'failed' && state === 'syncing') {
          pieces.onSyncFailed();
          state = 'failed';
        } else if (next.type === 'crash') {
          pieces = new KeptPieces(layout, pieces.kept);
          cached = new Set(disk);
          state = 'idle';
        }
        for (const piece of pieces.kept.indexes()) if (!disk.has(piece)) return false;
        const known = new Set([...pieces.kept.indexes(), ...pieces.unkept]);
        if (state !== 'failed') for (const piece of cached) if (!known.has(piece)) return false;
        if (pieces.keptBytes !== pieces.kept.count * 8 * MiB) return false;
      }
      return true;
    }),
    { numRuns: 2_000 },
  );
  t.end();
});
