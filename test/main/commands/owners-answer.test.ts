import t from 'tap';
import { TrackerError, type ErrorCode } from '../../../src/net/errors.js';
import { HAS_ASKED } from '../../../src/net/tracker-api.js';
import type { ClientEvent, TimedEventListener } from '../../../src/main/api/client-events.js';
import { ownersAnswer } from '../../../src/main/commands/owners-answer.js';

const waiting = new TrackerError('NOT_A_MEMBER', `${HAS_ASKED} g; its owner has not answered yet`);
const out = new TrackerError('NOT_A_MEMBER', 'you are not a member of g; ask to join with `join`');
const back: ClientEvent = { type: 'tracker-back', tracker: 't' };

/** An engine whose looks at the group end as scripted, one after the other; the last one stays. */
function scene(...looks: (TrackerError | 'member')[]) {
  let [listener, looked]: [((event: ClientEvent) => void) | undefined, number] = [undefined, 0];
  let wake: (() => void) | undefined;
  const engine = {
    events: (own: TimedEventListener) => {
      listener = (event) => own(event, 0);
      return () => (listener = undefined);
    },
    whoami: () => {
      const look = looks[Math.min(looked++, looks.length - 1)]!;
      setImmediate(() => wake?.());
      const groups = look === 'member' ? [{ groupId: 'g' }] : [];
      return Promise.resolve({ groups } as never);
    },
    listFiles: () => {
      const look = looks[Math.min(looked, looks.length) - 1]!;
      return look === 'member' ? Promise.resolve([]) : Promise.reject(look);
    },
  };
  const stop = new AbortController();
  const wait = () => ownersAnswer(engine, 'g', stop.signal);
  return {
    ...{ stop, wait },
    isHearing: () => listener !== undefined,
    /** Once it has looked and waits. */
    looked: () => new Promise<void>((resolve) => (wake = resolve)),
    tell: (event: ClientEvent) => listener?.(event),
  };
}

const refused = (code: ErrorCode): TrackerError => new TrackerError(code, 'no');
const news = (groupId: string, state: 'member' | 'rejected'): ClientEvent => ({
  ...{ type: 'membership', groupId, state },
});

void t.test('what the owner has answered before it was asked for', async (t) => {
  t.equal(await scene('member').wait(), 'accepted');
  t.equal(await scene(out).wait(), 'rejected');
  t.equal(await scene(refused('NO_SUCH_GROUP')).wait(), 'rejected', 'the group has ended');
  const { wait, isHearing } = scene(refused('NOT_LOGGED_IN'));
  await t.rejects(wait(), { code: 'NOT_LOGGED_IN' });
  t.notOk(isHearing());
});

void t.test('an answer that is told, for the group that was asked for', async (t) => {
  for (const [answer, end] of [
    ['member', 'accepted'],
    [out, 'rejected'],
  ] as const) {
    const { wait, looked, tell } = scene(waiting, answer);
    const [answered] = [wait(), await looked()];
    tell(news('other', 'member'));
    tell(news('g', end === 'accepted' ? 'member' : 'rejected'));
    t.equal(await answered, end);
  }
});

void t.test('a tracker that is away, and one that comes back, end nothing', async (t) => {
  const away = refused('TRACKER_UNREACHABLE');
  const { wait, looked, tell, isHearing } = scene(waiting, away, waiting, 'member');
  const [answered] = [wait(), await looked()];
  for (let times = 0; times < 2; times++) {
    const again = looked();
    tell(back);
    await again;
  }
  tell(back);
  t.equal(await answered, 'accepted', 'it came while nobody was told');
  t.notOk(isHearing());
});

void t.test('who gives up or has no login any more waits no longer', async (t) => {
  const given = scene(waiting);
  const [answered] = [given.wait(), await given.looked()];
  given.stop.abort(new TrackerError('INTERNAL', 'enough'));
  await t.rejects(answered, { message: 'enough' });
  const lost = scene(waiting);
  const [ended] = [lost.wait(), await lost.looked()];
  lost.tell({ type: 'session-lost', error: { code: 'NOT_LOGGED_IN', message: 'over' } });
  await t.rejects(ended, { code: 'NOT_LOGGED_IN' });
  t.notOk(given.isHearing() || lost.isHearing());
});
