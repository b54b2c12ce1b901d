/** Which pieces are kept: scenes, and any order of what can happen against a disk that loses. */
import fc from 'fast-check';
import t from 'tap';
import {
  LEAST_SYNC_BYTES,
  MAX_FILES_PER_SYNC_BYTES,
  SYNC_EVERY_BYTES,
  SYNC_EVERY_MS,
} from '../../../src/net/limits.js';
import { KeptPieces } from '../../../src/main/downloads/kept-pieces.js';
import { bitsOf, layoutOf, MiB } from '../swarm/fake-swarm.js';

const PIECES = 20;
const layout = layoutOf(PIECES, 8 * MiB);
const scene = (kept: readonly number[] = []) =>
  new KeptPieces({ layout, kept: bitsOf(PIECES, kept) });

t.test('what passes is synced for its age alone', (t) => {
  const pieces = new KeptPieces({ layout, kept: bitsOf(PIECES, []), onlyEveryMs: 7_000 });
  for (let piece = 0; piece < PIECES; piece++) pieces.onVerified([piece], piece);
  t.notOk(pieces.isDue(6_999), 'however much it is');
  t.ok(pieces.isDue(7_000));
  t.end();
});

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
    const pieces = new KeptPieces({ layout: many, kept, fileOf: (piece) => piece % files });
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

t.test('a sync that began beside another keeps nothing before that is over as well', (t) => {
  const pieces = scene();
  pieces.onVerified([1], 0);
  pieces.onSyncBegun();
  pieces.onVerified([2], 0);
  t.same(pieces.onSyncBegun(), [2]);
  t.notOk(pieces.hasFresh);
  pieces.onSynced();
  t.same(
    [...pieces.kept.indexes()],
    [],
    'whichever it was, the other one may report what was lost',
  );
  t.ok(pieces.isSyncing);
  t.same(pieces.unkept, [1, 2]);
  pieces.onSynced();
  t.same([...pieces.kept.indexes()], [1, 2]);
  t.notOk(pieces.isSyncing);
  t.end();
});

t.test('of two syncs that run together one fails: neither keeps anything', (t) => {
  for (const isFirst of [true, false]) {
    const pieces = scene();
    pieces.onVerified([1], 0);
    pieces.onSyncBegun();
    pieces.onVerified([2], 0);
    pieces.onSyncBegun();
    if (isFirst) pieces.onSyncFailed();
    pieces.onSynced();
    if (!isFirst) pieces.onSyncFailed();
    t.same([...pieces.kept.indexes()], []);
  }
  t.end();
});

t.test('towards the end less and less gathers, but not before the first sync', (t) => {
  const small = layoutOf(64, MiB);
  const toCome = bitsOf(64, Array(64).keys());
  const pieces = new KeptPieces({ layout: small, kept: bitsOf(64, []), toCome });
  const gathered: number[] = [];
  for (let piece = 0, fresh = 1; piece < 64; piece++, fresh++) {
    pieces.onVerified([piece], 0);
    if (!pieces.isDue(0)) continue;
    pieces.onSyncBegun();
    pieces.onSynced();
    gathered.push(fresh * MiB);
    fresh = 0;
  }
  t.equal(gathered[0], SYNC_EVERY_BYTES);
  t.same(
    gathered.slice(1),
    [...gathered.slice(1)].sort((one, other) => other - one),
  );
  t.equal(gathered.at(-1), LEAST_SYNC_BYTES);
  const brief = new KeptPieces({ layout: small, kept: bitsOf(64, []), toCome: bitsOf(64, [0, 1]) });
  for (let piece = 0; piece * MiB < SYNC_EVERY_BYTES - MiB; piece++) brief.onVerified([piece], 0);
  t.notOk(brief.isDue(0));
  t.end();
});

t.test('after a sync that failed nothing more is kept, and none is tried', (t) => {
  const pieces = scene([0]);
  pieces.onVerified([1], 0);
  pieces.onSyncBegun();
  pieces.onSyncFailed();
  pieces.onVerified([2], 0);
  t.notOk(pieces.isDue(10 * SYNC_EVERY_MS));
  t.throws(() => pieces.onSyncBegun(), /bug: a sync begins after one that failed/);
  t.same([...pieces.kept.indexes()], [0]);
  t.end();
});

/** What may happen; a step that is impossible in a state does not happen. */
type Step =
  | { readonly type: 'verified'; readonly piece: number }
  | { readonly type: 'begun' }
  /** Of two that run, it is told of what was lost, or leaves that to the other one. */
  | { readonly type: 'ended'; readonly isTold: boolean }
  /** Nothing of what is not on the disk yet will ever be. */
  | { readonly type: 'lost' }
  /** The power fails; the next run begins with what was kept, if its record was written. */
  | { readonly type: 'crash' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('verified' as const), piece: fc.nat(PIECES - 1) }),
  },
  {
    weight: 4,
    arbitrary: fc.oneof(
      fc.record({ type: fc.constant('begun' as const) }),
      fc.record({ type: fc.constant('ended' as const), isTold: fc.boolean() }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('lost' as const, 'crash' as const) }),
  },
);

t.test('whatever happens in whatever order, nothing is kept that the disk does not have', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const disk = new Set<number>();
      let cached = new Set<number>();
      /** What was written when each of the syncs began that run. */
      let running: ReadonlySet<number>[] = [];
      let pieces = scene();
      let hasFailed = false;
      /** Written and lost; the system tells one of the syncs that run, and no other. */
      let lost = new Set<number>();
      for (const next of steps) {
        if (next.type === 'verified') {
          pieces.onVerified([next.piece], 0);
          cached.add(next.piece);
        } else if (next.type === 'lost') {
          lost = new Set([...cached].filter((piece) => !disk.has(piece)));
        } else if (next.type === 'begun' && !hasFailed && running.length < 2) {
          pieces.onSyncBegun();
          running.push(new Set(cached));
        } else if (next.type === 'ended' && running.length > 0) {
          const written = running.shift()!;
          if (lost.size > 0 && !hasFailed && (next.isTold || running.length === 0)) {
            pieces.onSyncFailed();
            hasFailed = true;
          } else {
            for (const piece of written) if (!lost.has(piece)) disk.add(piece);
            pieces.onSynced();
          }
        } else if (next.type === 'crash') {
          pieces = new KeptPieces({ layout, kept: pieces.kept });
          // What is on the disk without a note is nothing to the next run.
          cached = new Set(pieces.kept.indexes());
          [running, hasFailed, lost] = [[], false, new Set()];
        }
        for (const piece of pieces.kept.indexes()) if (!disk.has(piece)) return false;
        const known = new Set([...pieces.kept.indexes(), ...pieces.unkept]);
        if (!hasFailed) for (const piece of cached) if (!known.has(piece)) return false;
        if (pieces.keptBytes !== pieces.kept.count * 8 * MiB) return false;
      }
      return true;
    }),
    { numRuns: 2_000 },
  );
  t.end();
});
