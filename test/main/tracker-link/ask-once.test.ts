/** Changes that are asked for again, over connections that are lists of what they answer. */
import t from 'tap';
import { OnceCalls, type ReadyConnection } from '../../../src/main/tracker-link/ask-once.js';
import { ASKED_AGAIN_PAUSE_MS, MAX_TIMES_ASKED } from '../../../src/net/limits.js';
import { isOnceKey } from '../../../src/net/asked-once.js';
import { TrackerError, type ErrorCode } from '../../../src/net/errors.js';

const refusal = (code: ErrorCode) => new TrackerError(code, code);
const lost = refusal('CONNECTION_LOST');

/** Connections one behind the other; none is left at the end. `asked`: the key of each call. */
function line(...answers: (object | TrackerError)[]) {
  const asked: unknown[] = [];
  const pauses: number[] = [];
  let isOld = false;
  let isGivenUp = false;
  const next = (answer: object): ReadyConnection => ({
    keepsAnswers: !isOld,
    wasGivenUp: isGivenUp,
    calls: {
      call: (_method, params) => {
        asked.push((params as { once?: unknown }).once);
        return answer instanceof TrackerError
          ? Promise.reject(answer)
          : Promise.resolve(answer as never);
      },
    },
  });
  const once = new OnceCalls({
    ready: async () => {
      const answer = answers.shift();
      if (answer === undefined) throw new TrackerError('CONNECTION_LOST', 'it does not come back');
      return next(answer);
    },
    ended: new AbortController().signal,
    pause: async (ms) => void pauses.push(ms),
  });
  return { asked, pauses, once, becomeOld: () => (isOld = true), hang: () => (isGivenUp = true) };
}

const kick = { groupId: 'g', userId: 'ben' };

void t.test(
  'what was lost with its connection is asked for again, with the same key',
  async (t) => {
    const { asked, once } = line(lost, lost, { endedInvites: 1 }, {});
    t.same(await once.call('kick', kick), { endedInvites: 1 });
    t.equal(asked.length, 3);
    t.equal(new Set(asked).size, 1);
    t.ok(isOnceKey(asked[0]));
    await once.call('kick', kick);
    t.not(asked[3], asked[0], 'another call has another key');
  },
);

const UNDECIDED = ['BUSY', 'TRACKER_STORAGE', 'TIMEOUT', 'INTERNAL', 'NOT_LOGGED_IN'] as const;

void t.test('what says nothing of a change that may be done is no answer to it', async (t) => {
  for (const code of UNDECIDED) {
    const { asked, pauses, once } = line(lost, refusal(code), { endedInvites: 1 });
    t.same(await once.call('kick', kick), { endedInvites: 1 });
    t.equal(new Set(asked).size, 1);
    t.same(pauses, [ASKED_AGAIN_PAUSE_MS]);

    const vain = Array.from({ length: MAX_TIMES_ASKED }, () => refusal(code));
    const unknown = line(lost, ...vain);
    await t.rejects(unknown.once.call('kick', kick), lost, 'whether it is done is not known');
    t.equal(unknown.asked.length, MAX_TIMES_ASKED);

    const first = line(refusal(code), {});
    await t.rejects(first.once.call('kick', kick), { code }, 'a first one says it');
    t.equal(first.asked.length, 1);
  }
});

void t.test('what refuses a change that may be done is the answer', async (t) => {
  const { asked, once } = line(lost, refusal('GROUP_EXISTS'), {});
  await t.rejects(once.call('createGroup', { groupId: 'g' }), { code: 'GROUP_EXISTS' });
  t.equal(asked.length, 2);
});

void t.test('whatever else is said is the answer', async (t) => {
  for (const code of ['GROUP_EXISTS', 'TIMEOUT'] as const) {
    const { asked, once } = line(refusal(code), {});
    await t.rejects(once.call('createGroup', { groupId: 'g' }), { code });
    t.equal(asked.length, 1);
  }
});

void t.test('it is not asked for again without end, nor when nobody is there', async (t) => {
  const endless = line(...Array.from({ length: MAX_TIMES_ASKED + 1 }, () => lost));
  await t.rejects(endless.once.call('kick', kick), lost);
  t.equal(endless.asked.length, MAX_TIMES_ASKED);
  const alone = line(lost);
  await t.rejects(alone.once.call('kick', kick), lost);
});

void t.test('what is the same twice is asked for again without a key', async (t) => {
  const { asked, once } = line(lost, { outcomes: [] });
  const files = [{ name: 'n', fileId: 'f', description: '' }];
  t.same(await once.call('shareFiles', { groupId: 'g', files, announce: true }), { outcomes: [] });
  t.same(asked, [undefined, undefined]);
});

void t.test('a tracker that keeps no answers is not asked again', async (t) => {
  const old = line(lost, {});
  old.becomeOld();
  await t.rejects(old.once.call('kick', kick), lost);
  t.equal(old.asked.length, 1);
});

void t.test('nor is one asked that does not when the other one did', async (t) => {
  const { asked, once, becomeOld } = line(lost, {});
  const answer = once.call('kick', kick);
  await Promise.resolve();
  becomeOld();
  await t.rejects(answer, lost);
  t.equal(asked.length, 1);
});

void t.test('a description that went with the connection is not missed by its user', async (t) => {
  const { once } = line(lost, refusal('NEED_DESCRIPTION'));
  const share = { groupId: 'g', name: 'n', fileId: 'f', replace: true };
  await t.rejects(once.call('shareFile', share), lost);
  const first = line(refusal('NEED_DESCRIPTION'));
  await t.rejects(first.once.call('shareFile', share), { code: 'NEED_DESCRIPTION' });
});

void t.test(
  'what changes nothing is asked again only of who was given up for another',
  async (t) => {
    const away = line(lost, { items: [] });
    await t.rejects(away.once.call('listGroups', {}), { code: 'CONNECTION_LOST' });
    t.equal(away.asked.length, 1);
    const hanging = line(lost, { items: [] });
    hanging.hang();
    hanging.becomeOld();
    t.same(await hanging.once.call('listGroups', {}), { items: [] });
    t.same(
      hanging.asked,
      [undefined, undefined],
      'it needs no key, nor a tracker that keeps answers',
    );
  },
);
