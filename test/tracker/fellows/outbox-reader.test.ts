/** What others have committed, with an outbox that is a list and a clock that is a number. */
import t, { type Test } from 'tap';
import {
  MAX_OUTBOX_ROWS_READ,
  OUTBOX_KEPT_MS,
  OUTBOX_POLL_MS,
  OUTBOX_STALE_MS,
} from '../../../src/net/limits.js';
import type { Effect } from '../../../src/tracker/effects.js';
import { encodeChange } from '../../../src/tracker/fellows/change-codec.js';
import { OutboxReader } from '../../../src/tracker/fellows/outbox-reader.js';
import type { OutboxRow, StoreOutbox } from '../../../src/tracker/store/shared-store.js';
import { FakeClock } from '../fake-clock.js';

const gone = (fileId: string) => ({ type: 'content-gone', groupId: 'g', fileId }) as const;
const UNBEARABLE = 'unbearable';
const loginOf = (userId: string, ...groupIds: string[]): readonly Effect[] => [
  { type: 'login-begun', userId, tokenHash: '', groupIds },
];
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

class FakeOutbox implements StoreOutbox {
  readonly rows: OutboxRow[] = [];
  isAway = false;
  trimmed = 0;
  onPublished: StoreOutbox['onPublished'];
  #last = 0;

  /** Another tracker commits this. */
  others(fileId: string, userId?: string): number {
    const effects = [
      gone(fileId),
      ...(userId === undefined
        ? []
        : [{ type: 'join-requested', groupId: 'g', userId, governors: [] } as const]),
    ];
    const [entry = ''] = encodeChange(99, [], effects);
    return this.#add(entry, false);
  }

  othersDo(...effects: readonly Effect[]): void {
    for (const entry of encodeChange(99, [], effects)) this.#add(entry, false);
  }

  own(id: number, fileId: string): number {
    const [entry = ''] = encodeChange(id, [], [gone(fileId)]);
    return this.#add(entry, true);
  }

  /** A transaction had taken a number, and failed. */
  skip(): void {
    this.#last++;
  }

  async head(): Promise<number> {
    this.#ask();
    return this.rows.at(-1)?.seq ?? 0;
  }

  async read(afterSeq: number, limit: number): Promise<readonly OutboxRow[]> {
    this.#ask();
    return this.rows.filter(({ seq }) => seq > afterSeq).slice(0, limit);
  }

  async trim(): Promise<void> {
    this.#ask();
    this.trimmed++;
  }

  #add(entry: string, isOwn: boolean): number {
    this.rows.push({ seq: ++this.#last, isOwn, entry });
    return this.#last;
  }

  #ask(): void {
    if (this.isAway) throw new Error('away');
  }
}

async function scene(t: Test) {
  const outbox = new FakeOutbox();
  const clock = new FakeClock();
  const felt: string[] = [];
  const faults: unknown[] = [];
  let wanted = 0;
  const reader = new OutboxReader({
    outbox,
    steadyMs: clock.steadyMs,
    delay: clock.delay,
    onChange: ({ effects }) => {
      for (const effect of effects) {
        if (!('fileId' in effect)) continue;
        if (effect.fileId === UNBEARABLE) throw new Error(UNBEARABLE);
        felt.push(effect.fileId);
      }
    },
    onLost: () => void felt.push('lost'),
    onFault: (error) => void faults.push(error),
    onNews: () => void wanted++,
    onTold: () => void felt.push('rung'),
  });
  t.teardown(() => reader.close());
  /** A commit of our own, with what is published in it. */
  const commit = async (...seqs: number[]): Promise<void> => {
    if (seqs.length > 0) {
      outbox.onPublished?.({ first: seqs[0]!, last: seqs.at(-1)!, count: seqs.length });
    }
    await reader.caughtUp();
  };
  const wait = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settled();
  };
  return { outbox, clock, reader, felt, faults, commit, wait, wanted: () => wanted };
}

void t.test(
  'what others committed before us is felt before ours, what they committed later behind',
  async (t) => {
    const { outbox, reader, felt, commit, wanted } = await scene(t);
    outbox.others('before the start');
    await reader.start();
    outbox.others('one');
    outbox.skip();
    const id = reader.expect(() => felt.push('ours'));
    const seq = outbox.own(id, 'never told back');
    outbox.others('two');
    await commit(seq);
    t.same(felt, ['rung', 'one', 'ours']);
    reader.applyOwn(id);
    t.equal(felt.length, 3, 'it is felt once');
    t.equal(wanted(), 1, 'and a turn is taken for the rest');
    await commit();
    t.same(felt.slice(3), ['two']);
  },
);

void t.test('ours alone needs no look at the others', async (t) => {
  const { outbox, reader, felt, commit } = await scene(t);
  await reader.start();
  const id = reader.expect(() => felt.push('ours'));
  const seq = outbox.own(id, 'x');
  outbox.isAway = true;
  await commit(seq);
  reader.applyOwn(id);
  t.same(felt, ['rung', 'ours']);
});

void t.test('without a bell it is looked for now and then, and with one at once', async (t) => {
  const { outbox, reader, felt, commit, wait, wanted } = await scene(t);
  await reader.start();
  outbox.others('one');
  await wait(OUTBOX_POLL_MS);
  t.equal(wanted(), 1);
  await commit();
  t.same(felt, ['one']);
  for (let index = 0; index < 2 * MAX_OUTBOX_ROWS_READ; index++) outbox.others('more');
  reader.onRung();
  reader.onRung();
  await settled();
  t.equal(wanted(), 2);
  await commit();
  t.equal(felt.length, 1 + 2 * MAX_OUTBOX_ROWS_READ);
});

void t.test('who cannot look is stale after a while, until it can', async (t) => {
  const { outbox, reader, wait } = await scene(t);
  await reader.start();
  outbox.isAway = true;
  await wait(OUTBOX_POLL_MS);
  t.equal(reader.isStale, false);
  await wait(OUTBOX_STALE_MS);
  t.equal(reader.isStale, true);
  outbox.isAway = false;
  await wait(OUTBOX_POLL_MS);
  t.equal(reader.isStale, false);
});

void t.test('what cannot be felt in order has all begin anew', async (t) => {
  const { outbox, reader, felt, commit, wait, wanted } = await scene(t);
  await reader.start();
  outbox.others('one');
  const id = reader.expect(() => felt.push('ours'));
  const seq = outbox.own(id, 'x');
  outbox.isAway = true;
  await commit(seq);
  reader.applyOwn(id);
  t.same(felt, ['rung', 'lost', 'ours']);
  t.equal(reader.isStale, true);
  await wait(OUTBOX_POLL_MS);
  t.ok(wanted() > 0, 'a turn is taken for it');
  await commit();
  t.equal(reader.isStale, true, 'not while it is away');
  outbox.isAway = false;
  await wait(OUTBOX_POLL_MS);
  await commit();
  t.same(felt.slice(3), ['lost']);
  t.equal(reader.isStale, false);
  t.equal(reader.overtakes(loginOf('anybody'), undefined), true, 'it has read what was before');
  outbox.others('two');
  reader.onRung();
  await settled();
  await commit();
  t.same(felt.slice(4), ['two'], 'nothing twice');
  t.equal(reader.overtakes(loginOf('anybody'), undefined), false);
});

void t.test(
  'who lags behind what is kept begins anew, and so does who does not understand',
  async (t) => {
    const { outbox, reader, felt, commit, wait } = await scene(t);
    await reader.start();
    outbox.isAway = true;
    await wait(OUTBOX_KEPT_MS);
    await wait(OUTBOX_POLL_MS);
    t.same(felt, ['lost']);
    outbox.isAway = false;
    await wait(OUTBOX_POLL_MS);
    await commit();
    t.equal(reader.isStale, false);
    outbox.rows.push({ seq: 500, isOwn: false, entry: '{"v":2,"touched":[],"effects":[]}' });
    await wait(OUTBOX_POLL_MS);
    await commit();
    await wait(OUTBOX_POLL_MS);
    await commit();
    t.same(felt, ['lost', 'lost', 'lost', 'lost']);
    t.equal(reader.isStale, false);
  },
);

void t.test(
  'where our rows are may be unknown: all that is there is felt in its order',
  async (t) => {
    const { outbox, reader, felt } = await scene(t);
    await reader.start();
    outbox.others('one');
    const id = reader.expect(() => felt.push('ours'));
    outbox.own(id, 'x');
    outbox.others('two', 'ben');
    outbox.onPublished?.('unknown');
    await reader.caughtUp();
    t.same(felt, ['rung', 'one', 'ours', 'two']);
    t.equal(reader.overtakes(loginOf('ben'), undefined), true);
    t.equal(reader.overtakes(loginOf('anna', 'g'), undefined), false);
  },
);

void t.test('what was not committed is not felt', async (t) => {
  const { reader, felt } = await scene(t);
  await reader.start();
  const id = reader.expect(() => felt.push('ours'));
  reader.forgetOwn(id);
  reader.applyOwn(id);
  t.same(felt, []);
});

void t.test('old rows are removed now and then', async (t) => {
  const { outbox, reader, wait } = await scene(t);
  await reader.start();
  for (let second = 0; second < 125; second++) await wait(OUTBOX_POLL_MS);
  t.equal(outbox.trimmed, 2);
});

void t.test('rows of others among ours are felt, each in its place', async (t) => {
  const { outbox, reader, felt, commit } = await scene(t);
  await reader.start();
  const ours = ['first', 'second'].map((name) => reader.expect(() => felt.push(name)));
  const first = outbox.own(ours[0]!, 'x');
  outbox.others('between');
  const second = outbox.own(ours[1]!, 'x');
  await commit(first, second);
  t.same(felt, ['rung', 'first', 'between', 'second']);
});

void t.test('what was found and is ours is no news, and others are felt after it', async (t) => {
  const { outbox, reader, felt, commit, wait, wanted } = await scene(t);
  await reader.start();
  const own = async (...seen: 'seen'[]): Promise<void> => {
    const id = reader.expect(() => felt.push('ours'));
    const seq = outbox.own(id, 'x');
    // It is on the disk, and looked for before it is known here that it is.
    if (seen.length > 0) await wait(OUTBOX_POLL_MS);
    await commit(seq);
    reader.applyOwn(id);
  };
  await own('seen');
  for (let second = 0; second * OUTBOX_POLL_MS <= OUTBOX_STALE_MS; second++) {
    await wait(OUTBOX_POLL_MS);
    await own();
  }
  t.equal(reader.isStale, false);
  const before = wanted();
  outbox.others('one');
  await wait(OUTBOX_POLL_MS);
  t.equal(wanted(), before + 1, 'a turn is taken for it');
  await commit();
  t.equal(felt.at(-1), 'one');
});

void t.test('a turn that was refused is asked for again', async (t) => {
  const { outbox, reader, felt, commit, wait, wanted } = await scene(t);
  await reader.start();
  outbox.others('one');
  await wait(OUTBOX_POLL_MS);
  await wait(OUTBOX_POLL_MS);
  t.equal(wanted(), 2);
  await commit();
  t.same(felt, ['one']);
});

void t.test('who looks again and again while it commits is not cut off', async (t) => {
  const { outbox, reader, felt, commit, wait } = await scene(t);
  await reader.start();
  for (let second = 0; second * OUTBOX_POLL_MS <= 2 * OUTBOX_STALE_MS; second++) {
    const id = reader.expect(() => felt.push('ours'));
    const seq = outbox.own(id, 'x');
    await wait(OUTBOX_POLL_MS);
    await commit(seq);
  }
  t.equal(reader.isStale, false);
});

void t.test('what cannot be applied is told, and all begin anew behind it', async (t) => {
  for (const entry of ['{', undefined]) {
    const { outbox, reader, felt, faults, commit, wait } = await scene(t);
    await reader.start();
    const seq = outbox.others(UNBEARABLE);
    if (entry !== undefined) outbox.rows[0] = { seq, isOwn: false, entry };
    await wait(OUTBOX_POLL_MS);
    await commit();
    t.same(felt, ['lost']);
    t.equal(faults.length, 1);
    await wait(OUTBOX_POLL_MS);
    await commit();
    t.same(felt, ['lost', 'lost']);
    t.equal(reader.isStale, false);
    outbox.others('one');
    await wait(OUTBOX_POLL_MS);
    await commit();
    t.equal(felt.at(-1), 'one');
  }
});

void t.test('a login is overtaken by a kick of somebody else in one of its groups', async (t) => {
  const { outbox, reader, wait, commit } = await scene(t);
  await reader.start();
  const standing = { groupId: 'g', incarnation: 'i', epoch: 2 };
  outbox.othersDo({ type: 'member-removed', userId: 'ben', ...standing });
  await wait(OUTBOX_POLL_MS);
  await commit();
  t.equal(reader.overtakes(loginOf('anna', 'a', 'g'), undefined), true);
  t.equal(reader.overtakes(loginOf('anna', 'a'), undefined), false);
  t.equal(reader.overtakes(loginOf('ben'), undefined), true);
});
