import t from 'tap';
import { deferred } from '../../src/net/deferred.js';
import { DATABASE_RETRY_AFTER_MS, MAX_TURN_WAIT_MS, TURN_SLICE_MS } from '../../src/net/limits.js';
import { OneAtATime } from '../../src/tracker/one-at-a-time.js';
import { TurnQueue } from '../../src/tracker/turn-queue.js';

/** What a change gets: a list of what happened, into which it writes. */
type Story = string[];

/** A queue whose commits are told in a story, on a clock that its turns set. */
function scene() {
  const story: Story = [];
  const clock = { nowMs: 0 };
  const waits: number[] = [];
  const queue = new TurnQueue<Story>({
    steadyMs: () => clock.nowMs,
    onTurn: (waitedMs) => waits.push(waitedMs),
    commit: async (changes) => {
      const ends: PromiseSettledResult<unknown>[] = [];
      for await (const change of changes) {
        const [end] = await Promise.allSettled([Promise.resolve(story).then(change)]);
        ends.push(end);
      }
      story.push('commit');
      return ends;
    },
  });
  /** A turn that only looks, and takes so long. */
  const look = (name: string, party = '', takesMs = 1) =>
    queue.look(async () => {
      clock.nowMs += takesMs;
      story.push(name);
      return name;
    }, party);
  const change = (name: string, party = '', takesMs = 0.1) => {
    const work = async (to: Story): Promise<string> => {
      clock.nowMs += takesMs;
      to.push(name);
      return name;
    };
    return queue.change({ work, onCommitted: () => story.push(`${name} is on disk`) }, party);
  };
  return { queue, story, clock, waits, look, change };
}

void t.test('turns of one party run in the order in which they came, one at a time', async (t) => {
  const { queue, story, look, change } = scene();
  const turns = [look('1'), change('2'), look('3'), look('4')];
  t.equal(queue.length, 4);
  t.same(await Promise.all(turns), ['1', '2', '3', '4']);
  t.same(story, ['1', '2', 'commit', '2 is on disk', '3', '4']);
  await queue.idle();
  t.equal(queue.length, 0);
});

void t.test('changes of several parties share a commit, and are told in their order', async (t) => {
  const { story, change } = scene();
  const changes = [change('a1', 'a'), change('a2', 'a'), change('b1', 'b'), change('c1', 'c')];
  t.same(await Promise.all(changes), ['a1', 'a2', 'b1', 'c1']);
  const first = ['a1', 'b1', 'c1', 'commit', 'a1 is on disk', 'b1 is on disk', 'c1 is on disk'];
  t.same(story, [...first, 'a2', 'commit', 'a2 is on disk']);
});

void t.test('who only looks waits for no commit', async (t) => {
  const { story, look, change } = scene();
  await Promise.all([change('change', 'a'), look('look', 'b')]);
  t.same(story, ['look', 'change', 'commit', 'change is on disk']);
});

void t.test('the answer to a change leaves before what another change brings about', async (t) => {
  const { story, change } = scene();
  const first = change('a', 'a').then(async () => {
    // As far as an answer has to go.
    for (let step = 0; step < 20; step++) await Promise.resolve();
    story.push('a is answered');
  });
  await Promise.all([first, change('b', 'b')]);
  t.same(story, ['a', 'b', 'commit', 'a is on disk', 'a is answered', 'b is on disk']);
});

void t.test('a failure is its caller’s alone', async (t) => {
  const { queue, change, look } = scene();
  const no = (): never => {
    throw new Error('no');
  };
  const failing = [
    queue.look(no, 'a'),
    queue.look(() => Promise.reject(new Error('no')), 'a'),
    queue.change({ work: no, onCommitted: () => t.fail('it is not') }, 'a'),
  ];
  const [one, other] = [change('yes', 'b'), look('yes', 'a')];
  for (const turn of failing) await t.rejects(turn, { message: 'no' });
  t.same([await one, await other], ['yes', 'yes']);
  await queue.idle();
});

void t.test(
  'who has used least is next, and who comes now and then waits for nobody',
  async (t) => {
    const { queue, story, look } = scene();
    const flood = Array.from({ length: 20 }, (_, n) => look(`a${n}`, 'a'));
    t.equal(queue.waitingOf('a'), 20);
    await flood[2];
    const honest = look('b', 'b');
    t.ok(await Promise.race([honest, flood[5]]));
    await honest;
    t.ok(story.length <= 5, 'it came after what had begun');
    await Promise.all(flood);
  },
);

void t.test('the event loop goes round after a slice', async (t) => {
  const { story, look, change } = scene();
  const turns = [
    ...Array.from({ length: 3 }, (_, n) => look(`look ${n}`, `l${n}`, TURN_SLICE_MS)),
    ...Array.from({ length: 3 }, (_, n) => change(`change ${n}`, `c${n}`, TURN_SLICE_MS)),
  ];
  const round = new Promise<void>((resolve) => setImmediate(resolve));
  await round;
  t.notOk(story.includes('look 1'), `so far ${story.join()}`);
  t.notOk(story.includes('change 1'));
  await Promise.all(turns);
  t.equal(story.filter((what) => what === 'commit').length, 3, 'long changes share none');
});

void t.test('where a commit takes long, more changes share one', async (t) => {
  const clock = { nowMs: 0 };
  const shared: number[] = [];
  const queue = new TurnQueue<undefined>({
    steadyMs: () => clock.nowMs,
    commit: async (changes) => {
      const ends: PromiseSettledResult<unknown>[] = [];
      for await (const change of changes) {
        ends.push({ status: 'fulfilled', value: await change(undefined) });
      }
      shared.push(ends.length);
      clock.nowMs += 20 * TURN_SLICE_MS;
      return ends;
    },
  });
  const work = async (): Promise<void> => void (clock.nowMs += TURN_SLICE_MS);
  const turns = Array.from({ length: 30 }, (_, n) =>
    queue.change({ work, onCommitted: () => undefined }, `party ${n}`),
  );
  await Promise.all(turns);
  t.equal(shared[0], 1);
  t.equal(shared[1], 20);
});

/** A queue whose commits end when the test says so. */
function slowScene() {
  const story: Story = [];
  const syncs: (() => void)[] = [];
  const queue = new TurnQueue<Story>({
    steadyMs: () => 0,
    commit: async (changes) => {
      const ends: PromiseSettledResult<unknown>[] = [];
      for await (const change of changes) {
        ends.push((await Promise.allSettled([change(story)]))[0]);
      }
      story.push('commit');
      await new Promise<void>((resolve) => syncs.push(resolve));
      return ends;
    },
  });
  const change = (name: string, party: string) => {
    const work = async (to: Story): Promise<void> => void to.push(name);
    return queue.change({ work, onCommitted: () => story.push(`${name} is on disk`) }, party);
  };
  const look = (name: string, party: string) =>
    queue.look(async () => void story.push(name), party);
  return { queue, story, syncs, change, look };
}

void t.test('while a commit is on its way to the disk looks go on', async (t) => {
  const { queue, story, syncs, change, look } = slowScene();
  const changed = change('a', 'a');
  while (syncs.length === 0) await new Promise(setImmediate);
  const own = look('own', 'a');
  await look('b', 'b');
  await look('c', 'c');
  t.same(story, ['a', 'commit', 'b', 'c']);
  syncs.shift()!();
  await Promise.all([changed, own]);
  t.same(story.slice(4), ['a is on disk', 'own'], 'who changed something sees it');
  await queue.idle();
});

void t.test('changes are carried out behind it meanwhile, and told behind it', async (t) => {
  const { queue, story, syncs, change, look } = slowScene();
  const all = [change('a', 'a')];
  while (syncs.length === 0) await new Promise(setImmediate);
  all.push(change('b', 'b'));
  await look('look', 'c');
  all.push(change('d', 'd'));
  while (!story.includes('d')) await new Promise(setImmediate);
  t.same([...story].sort(), ['a', 'b', 'commit', 'd', 'look']);
  t.equal(syncs.length, 1, 'they wait for the commit before theirs');
  syncs.shift()!();
  while (syncs.length === 0) await new Promise(setImmediate);
  t.same(story.slice(5), ['a is on disk', 'commit']);
  syncs.shift()!();
  await Promise.all(all);
  t.same(story.slice(7), ['b is on disk', 'd is on disk']);
  await queue.idle();
});

void t.test('it is idle when what came meanwhile has ended as well', async (t) => {
  const { queue, story, look, change } = scene();
  await queue.idle();
  const first = look('first').then(() => void change('second', 'b'));
  await queue.idle();
  t.same(story, ['first', 'second', 'commit', 'second is on disk']);
  await first;
});

void t.test(
  'what comes too late for its caller is not done, what nobody asked for is',
  async (t) => {
    const { queue, story, clock, waits, look, change } = scene();
    const long = look('long', '', MAX_TURN_WAIT_MS + 5);
    clock.nowMs = 10;
    t.equal(queue.oldestMs, 10);
    const late = [look('late', 'anna'), change('too late', 'ben')];
    const own = change('own');
    const refused = Promise.all(late.map((one) => t.rejects(one, { code: 'BUSY' })));
    await Promise.all([long, own, refused]);
    t.same(story, ['long', 'own', 'commit', 'own is on disk']);
    t.equal(Math.floor(Math.max(...waits)), MAX_TURN_WAIT_MS + 5);
    t.equal(queue.oldestMs, 0, 'nothing waits');
    t.equal(await look('again', 'anna'), 'again', 'whose turn was too late has others');
  },
);

/** Answers something without a turn, which takes so long; false when it takes a turn. */
function atOnce({ queue, clock }: ReturnType<typeof scene>, party: string, takesMs: number) {
  if (!queue.mayAnswerAtOnce(party)) return false;
  return queue.answerAtOnce(party, () => {
    clock.nowMs += takesMs;
    return true;
  });
}

void t.test(
  'who is answered at once pays for it, and takes turns when ahead of the others',
  async (t) => {
    const one = scene();
    const { queue, story, look } = one;
    const first = look('b1', 'b');
    t.equal(atOnce(one, 'b', 0.5), false, 'nobody overtakes themselves');
    t.equal(atOnce(one, 'a', 0.5), true);
    t.equal(atOnce(one, 'a', 0.5), false, 'others wait');
    t.equal(atOnce(one, 'c', 0.1), true);
    const turns = [first, look('a1', 'a'), look('c1', 'c'), look('d1', 'd')];
    await Promise.all(turns);
    t.same(story, ['b1', 'd1', 'c1', 'a1']);
    await queue.idle();
    t.equal(atOnce(one, 'a', 0.5), true, 'all begin anew');
  },
);

void t.test('while nobody waits one is answered at once for a slice in each round', async (t) => {
  const one = scene();
  for (let round = 0; round < 3; round++) {
    let answers = 0;
    while (answers < 100 && atOnce(one, 'a', 0.5)) answers++;
    t.equal(answers, TURN_SLICE_MS / 0.5 + 1, `round ${round}`);
    t.equal(atOnce(one, 'b', 0.5), true, 'and so is another one');
    await new Promise(setImmediate);
  }
});

void t.test('what follows from an answer is part of what it takes', async (t) => {
  const one = scene();
  const sent = Promise.resolve(atOnce(one, 'a', 0)).then(() => (one.clock.nowMs += 50));
  await sent;
  await new Promise<void>((resolve) => process.nextTick(resolve));
  t.equal(one.queue.mayAnswerAtOnce('a'), false);
  t.equal(one.queue.mayAnswerAtOnce('b'), true);
});

void t.test(
  'where looks wait for an open transaction none begins before its end is told',
  async (t) => {
    const story: Story = [];
    const calls = new OneAtATime();
    const queue = new TurnQueue<Story>({
      steadyMs: () => 0,
      looksBeside: false,
      commit: (changes) =>
        calls.run(async () => {
          const ends: PromiseSettledResult<unknown>[] = [];
          for await (const change of changes) {
            await new Promise(setImmediate);
            ends.push((await Promise.allSettled([change(story)]))[0]);
          }
          return ends;
        }),
    });
    const change = (name: string) => {
      const work = async (to: Story): Promise<void> => void to.push(name);
      return queue.change({ work, onCommitted: () => story.push(`${name} is on disk`) }, name);
    };
    const look = (name: string) =>
      queue.look(() => calls.run(async () => void story.push(name)), name);
    const all = [change('a'), change('b')];
    while (!story.includes('a')) await new Promise(setImmediate);
    all.push(look('look'));
    await Promise.all(all);
    t.same(story, ['a', 'b', 'a is on disk', 'b is on disk', 'look']);
    await queue.idle();
  },
);

void t.test('where they wait for a transaction that does not end, looks are refused', async (t) => {
  const clock = { nowMs: 0 };
  const committed = deferred<void>();
  let whenDue: (() => void) | undefined;
  const queue = new TurnQueue<Story>({
    steadyMs: () => clock.nowMs,
    looksBeside: false,
    patience: {
      lookMs: 100,
      delay: (callback) => {
        whenDue = callback;
        return () => (whenDue = undefined);
      },
    },
    commit: async (changes) => {
      const ends: PromiseSettledResult<unknown>[] = [];
      for await (const change of changes) ends.push((await Promise.allSettled([change([])]))[0]);
      await committed.promise;
      return ends;
    },
  });
  const change = queue.change({ work: async () => 'done', onCommitted: () => undefined }, 'a');
  while (whenDue === undefined) await new Promise(setImmediate);
  let hasRun = false;
  const look = queue.look(async () => (hasRun = true), 'b');
  const late = queue.look(async () => 'looked', 'c');
  const ours = queue.look(async () => 'ours');
  for (const one of [look, late]) one.catch(() => undefined);
  const pass = async (ms: number): Promise<void> => {
    clock.nowMs += ms;
    whenDue?.();
    for (let n = 0; n < 3; n++) await new Promise(setImmediate);
  };
  await pass(50);
  const young = queue.look(async () => 'young', 'd');
  await pass(50);
  await t.rejects(look, { code: 'BUSY', retryAfterMs: DATABASE_RETRY_AFTER_MS });
  await t.rejects(late, { code: 'BUSY' });
  t.equal(queue.length, 4, 'they keep their places');
  committed.resolve();
  t.same(await Promise.all([change, young, ours]), ['done', 'young', 'ours']);
  await queue.idle();
  t.equal(hasRun, false);
  t.equal(queue.length, 0);
});

void t.test(
  'a change that takes long is interrupted by looks, and by no other change',
  async (t) => {
    const { queue, story, clock, look, change } = scene();
    const work = async (to: Story, breathe: () => Promise<void>): Promise<string> => {
      for (const part of ['first', 'second', 'third']) {
        clock.nowMs += TURN_SLICE_MS;
        to.push(part);
        await breathe();
      }
      return 'large';
    };
    const large = queue.change({ work, onCommitted: () => story.push('large is on disk') }, 'a');
    while (!story.includes('first')) await new Promise(setImmediate);
    const others = [look('look', 'b', 0), change('small', 'c', 0)];
    t.equal(await large, 'large');
    await Promise.all(others);
    t.ok(story.indexOf('look') < story.indexOf('third'), 'it did not wait for the end');
    t.same(
      story.filter((one) => one !== 'look'),
      [
        ...['first', 'second', 'third', 'commit', 'large is on disk'],
        ...['small', 'commit', 'small is on disk'],
      ],
    );
  },
);

void t.test('what others do while a change is interrupted costs its party nothing', async (t) => {
  const { queue, story, clock, look, change } = scene();
  const work = async (to: Story, breathe: () => Promise<void>): Promise<void> => {
    clock.nowMs += TURN_SLICE_MS;
    to.push('begun');
    await breathe();
  };
  const large = queue.change({ work, onCommitted: () => undefined }, 'a');
  while (!story.includes('begun')) await new Promise(setImmediate);
  await Promise.all([look('slow', 'b', 100), large]);
  // Whoever has used least comes first.
  await Promise.all([change('of b', 'b'), change('of a', 'a')]);
  t.ok(story.indexOf('of a') < story.indexOf('of b'));
});
