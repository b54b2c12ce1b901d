/** Changes that share a commit, over a database that only notes what it is told. */
import t from 'tap';
import { deferred, type Deferred } from '../../../src/net/deferred.js';
import { toStorageError } from '../../../src/net/errors.js';
import { GroupCommit } from '../../../src/main/home/group-commit.js';

/** The same, whose log reaches the disk when the test says so. */
function sceneWithDisk() {
  const syncs: Deferred<void>[] = [];
  const disk = {
    sync: (): Promise<void> => {
      const sync = deferred<void>();
      syncs.push(sync);
      return sync.promise;
    },
  };
  return { ...scene(disk), syncs };
}

/** The commits under test. What is executed is in the log, and so is each change by its name. */
function scene(disk?: { sync(): Promise<void> }) {
  const log: string[] = [];
  const faulty: { statement: string; errcode?: number } = { statement: '' };
  const database = {
    exec: (statement: string): void => {
      log.push(statement);
      if (statement !== faulty.statement) return;
      const { errcode } = faulty;
      const error = new Error(`no ${statement}`);
      if (errcode === undefined) throw error;
      throw toStorageError(Object.assign(error, { code: 'ERR_SQLITE_ERROR', errcode }), 'a test');
    },
  };
  const commits = new GroupCommit(database, () => log.push('committing'), disk);
  const change = (name: string) => (): string => {
    log.push(name);
    return name;
  };
  const fail = (name: string) => (): never => {
    log.push(name);
    throw new Error(`${name} failed`);
  };
  return { log, faulty, commits, change, fail };
}

const LOST = {
  name: 'LostLibraryError',
  code: 'IO_ERROR',
  message: /until this client is started anew.*the disk failed/,
};
const UNDO = 'ROLLBACK TO change; RELEASE change';

t.test('changes of one moment are made in one commit, in their order', async (t) => {
  const { commits, log, change } = scene();
  const told = ['a', 'b'].map((name) => commits.gather(change(name)));
  t.same(log, [], 'nothing yet');
  t.same(await Promise.all(told), ['a', 'b']);
  const a = ['SAVEPOINT change', 'a', 'RELEASE change'];
  const b = ['SAVEPOINT change', 'b', 'RELEASE change'];
  t.same(log, ['BEGIN IMMEDIATE', ...a, ...b, 'committing', 'COMMIT']);
});

t.test('a change that fails is undone alone, and its caller told', async (t) => {
  const { commits, log, change, fail } = scene();
  const failing = t.rejects(commits.gather(fail('a')), { message: 'a failed' });
  t.equal(await commits.gather(change('b')), 'b');
  await failing;
  const a = ['SAVEPOINT change', 'a', UNDO];
  const b = ['SAVEPOINT change', 'b', 'RELEASE change'];
  t.same(log, ['BEGIN IMMEDIATE', ...a, ...b, 'committing', 'COMMIT']);
});

t.test('a commit that fails fails for all, and the next one is another matter', async (t) => {
  for (const statement of ['BEGIN IMMEDIATE', 'COMMIT']) {
    const { commits, log, faulty, change } = scene();
    faulty.statement = statement;
    const refusals = ['a', 'b'].map((name) => commits.gather(change(name)));
    for (const settled of await Promise.allSettled(refusals)) {
      t.match(settled, { status: 'rejected', reason: { message: `no ${statement}` } });
    }
    if (statement === 'COMMIT') t.equal(log.at(-1), 'ROLLBACK');
    t.notOk(commits.isGathering);
    faulty.statement = '';
    log.length = 0;
    t.equal(await commits.gather(change('c')), 'c');
    t.equal(log[0], 'BEGIN IMMEDIATE');
    t.equal(log.at(-1), 'COMMIT');
  }
});

t.test(
  'a database that gave up the whole transaction fails all of it, and nothing more is made',
  async (t) => {
    const { commits, log, faulty, change, fail } = scene();
    // What SQLite does when the disk is full: it rolls back, and there is nothing left to undo.
    faulty.statement = UNDO;
    const told = [change('a'), fail('b'), change('c')].map((make) => commits.gather(make));
    for (const settled of await Promise.allSettled(told)) {
      t.match(settled, { status: 'rejected', reason: { message: 'b failed' } });
    }
    t.notOk(log.includes('c'), 'it would be a commit of its own');
    t.notOk(log.includes('COMMIT'));
    faulty.statement = '';
    t.equal(await commits.gather(change('d')), 'd');
  },
);

t.test('what failed is told, not that there was nothing left to undo', async (t) => {
  const { commits, faulty, fail } = scene();
  faulty.statement = 'ROLLBACK';
  t.throws(() => commits.transaction(fail('a')), { message: 'a failed' });
  t.throws(() => commits.transaction(() => commits.transaction(fail('b'))), {
    message: 'b failed',
  });
});

t.test('nobody is told before all is on disk', async (t) => {
  const { commits, log, change } = scene();
  const told = ['a', 'b'].map((name) =>
    commits.gather(change(name)).then(() => log.push(`told ${name}`)),
  );
  await Promise.all(told);
  t.same(log.slice(-3), ['COMMIT', 'told a', 'told b']);
});

t.test('what is asked for meanwhile is for the next commit', async (t) => {
  const { commits, log, change } = scene();
  let later: Promise<string> | undefined;
  await commits.gather(() => {
    later = commits.gather(change('later'));
  });
  t.notOk(log.includes('later'));
  t.equal(await later, 'later');
  t.equal(log.filter((line) => line === 'COMMIT').length, 2);
});

t.test('the end commits what waits, now and once', async (t) => {
  const { commits, log, change } = scene();
  const told = commits.gather(change('a'));
  t.same(log, []);
  await commits.end();
  t.equal(log.at(-1), 'COMMIT');
  t.equal(await told, 'a');
  const { length } = log;
  await new Promise(setImmediate);
  t.equal(log.length, length);
});

t.test('what a gathered change is made of is undone with it', async (t) => {
  const { commits, log, change, fail } = scene();
  const made = commits.gather(() => commits.transaction(change('a')));
  const undone = commits.gather(() => {
    commits.transaction(change('b'));
    commits.transaction(fail('c'));
  });
  t.equal(await made, 'a');
  await t.rejects(undone, { message: 'c failed' });
  const a = ['SAVEPOINT change', 'a', 'RELEASE change'];
  const b = ['SAVEPOINT change', 'b', 'c', UNDO];
  t.same(log, ['BEGIN IMMEDIATE', ...a, ...b, 'committing', 'COMMIT']);
});

t.test('a transaction by itself is one, inside another a part of it', (t) => {
  const { commits, log, change, fail } = scene();
  t.equal(commits.transaction(change('a')), 'a');
  t.same(log.splice(0), ['BEGIN IMMEDIATE', 'a', 'COMMIT']);
  t.throws(() => commits.transaction(fail('b')), { message: 'b failed' });
  t.same(log.splice(0), ['BEGIN IMMEDIATE', 'b', 'ROLLBACK']);
  commits.transaction(() => {
    t.throws(() => commits.transaction(fail('c')), { message: 'c failed' });
    commits.transaction(change('d'));
    t.notOk(commits.isGathering, 'nobody gathers');
  });
  const c = ['SAVEPOINT change', 'c', UNDO];
  const d = ['SAVEPOINT change', 'd', 'RELEASE change'];
  t.same(log, ['BEGIN IMMEDIATE', ...c, ...d, 'COMMIT']);
  t.end();
});

t.test('a change can tell that it is one of several', async (t) => {
  const { commits } = scene();
  t.ok(await commits.gather(() => commits.isGathering));
  t.notOk(commits.isGathering);
});

t.test('with a log, what is committed is told once that is on the disk', async (t) => {
  const { commits, log, syncs, change } = sceneWithDisk();
  const told: string[] = [];
  const note = (name: string) => (): void => void told.push(name);
  const a = commits.gather(change('a')).then(note('a'));
  await until(() => log.includes('COMMIT'));
  const b = commits.gather(change('b')).then(note('b'));
  const c = commits.gather(change('c')).then(note('c'));
  await severalTurns();
  t.same(told, []);
  t.notOk(log.includes('b'), 'one commit at a time is on its way to the disk');
  syncs[0]!.resolve();
  await a;
  t.same(told, ['a']);
  await until(() => syncs.length === 2);
  t.equal(log.filter((line) => line === 'COMMIT').length, 2, 'the others share one');
  syncs[1]!.resolve();
  await Promise.all([b, c]);
});

t.test('after a sync that failed nothing is committed any more', async (t) => {
  const { commits, log, syncs, change } = sceneWithDisk();
  const a = commits.gather(change('a'));
  await until(() => syncs.length === 1);
  const b = commits.gather(change('b'));
  t.notOk(commits.isLost);
  syncs[0]!.reject(new Error('the disk failed'));
  for (const settled of await Promise.allSettled([a, b, commits.gather(change('c'))])) {
    t.match(settled, { status: 'rejected', reason: LOST });
  }
  t.ok(commits.isLost);
  t.throws(() => commits.transaction(change('d')), LOST);
  await commits.end();
  t.throws(() => commits.transaction(change('d')), LOST, 'and after the end');
  t.same(
    log.filter((line) => ['a', 'b', 'c', 'd'].includes(line)),
    ['a'],
  );
  t.equal(syncs.length, 1, 'another one might seem to succeed');
});

t.test('a commit whose own sync fails is the last one', async (t) => {
  for (const errcode of [1034, 1290]) {
    const { commits, log, faulty, change } = sceneWithDisk();
    faulty.statement = 'COMMIT';
    faulty.errcode = errcode;
    t.throws(() => commits.transaction(change('a')), { name: 'LostLibraryError' });
    t.ok(commits.isLost);
    faulty.statement = '';
    t.throws(() => commits.transaction(change('b')), { name: 'LostLibraryError' });
    await t.rejects(commits.gather(change('c')), { name: 'LostLibraryError' });
    t.same(
      log.filter((line) => ['a', 'b', 'c'].includes(line)),
      ['a'],
    );
  }
});

t.test('one commit at a time is on its way, also when it has asked for the next', async (t) => {
  const { commits, log, syncs, change } = sceneWithDisk();
  let later: Promise<string> | undefined;
  const first = commits.gather(() => {
    later = commits.gather(change('later'));
  });
  await until(() => syncs.length === 1);
  await severalTurns();
  t.notOk(log.includes('later'));
  t.equal(syncs.length, 1);
  syncs[0]!.resolve();
  await first;
  await until(() => syncs.length === 2);
  syncs[1]!.resolve();
  t.equal(await later, 'later');
});

t.test('the end waits for a sync that is under way, and commits what came meanwhile', async (t) => {
  const { commits, log, syncs, change } = sceneWithDisk();
  const a = commits.gather(change('a'));
  await until(() => syncs.length === 1);
  const b = commits.gather(change('b'));
  const ended = commits.end();
  await severalTurns();
  t.notOk(log.includes('b'));
  syncs[0]!.resolve();
  await ended;
  t.same(await Promise.all([a, b]), ['a', 'b']);
  t.equal(syncs.length, 1, 'the last commit waits for the disk by itself');
});

t.test('nothing is committed at the end when the sync under way fails', async (t) => {
  const { commits, log, syncs, change } = sceneWithDisk();
  const a = t.rejects(commits.gather(change('a')), LOST);
  await until(() => syncs.length === 1);
  const b = t.rejects(commits.gather(change('b')), LOST);
  const ended = commits.end();
  syncs[0]!.reject(new Error('the disk failed'));
  await Promise.all([a, b, ended]);
  t.ok(commits.isLost);
  t.notOk(log.includes('b'));
});

t.test('a change that is undone alone is told so, whatever becomes of the others', async (t) => {
  const { commits, syncs, change, fail } = sceneWithDisk();
  const failing = t.rejects(commits.gather(fail('a')), { message: 'a failed' });
  const b = commits.gather(change('b'));
  await failing;
  await until(() => syncs.length === 1);
  syncs[0]!.resolve();
  t.equal(await b, 'b');
});

t.test('a transaction by itself waits for the disk, and so does the last one', async (t) => {
  const { commits, log, syncs, change } = sceneWithDisk();
  t.equal(commits.transaction(change('a')), 'a');
  const [full, normal] = ['PRAGMA synchronous=FULL', 'PRAGMA synchronous=NORMAL'];
  t.same(log.splice(0), [full, 'BEGIN IMMEDIATE', 'a', 'COMMIT', normal]);
  const told = commits.gather(change('b'));
  await commits.end();
  t.equal(log[0], full);
  t.equal(log.at(-1), 'COMMIT');
  t.equal(await told, 'b');
  t.equal(syncs.length, 0);
});

async function severalTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
