/** What a service waits for, and what it does not. */
import t from 'tap';
import { whileTrackerAway } from '../../../src/main/processes/tracker-wait.js';
import { StorageError, TrackerError, type P2pError } from '../../../src/net/errors.js';

const away = new TrackerError('TRACKER_UNREACHABLE', 'no route to the network');

/** Work that fails with these errors, one after the other, and then succeeds. */
function scene(...errors: Error[]) {
  const told: P2pError[] = [];
  const paused: number[] = [];
  const controller = new AbortController();
  const wait = {
    signal: controller.signal,
    onWaiting: (error: P2pError) => void told.push(error),
    pauseMs: (attempt: number) => {
      paused.push(attempt);
      return 0;
    },
  };
  const work = async (): Promise<string> => {
    const error = errors.shift();
    if (error) throw error;
    return 'done';
  };
  return { told, paused, controller, wait, work };
}

t.test('a tracker that is away is waited for, and told of once', async (t) => {
  const { told, paused, wait, work } = scene(away, new TrackerError('BUSY', 'later'), away);
  t.equal(await whileTrackerAway(wait, work), 'done');
  t.same(told, [away]);
  t.same(paused, [0, 1, 2]);
});

t.test('what waiting does not help against ends it', async (t) => {
  const others = [
    new TrackerError('IDENTITY_CHANGED', 'another key'),
    new TrackerError('NOT_LOGGED_IN', 'log in'),
    new StorageError('STATE_MISSING', 'empty'),
    new Error('bug'),
  ];
  for (const error of others) {
    const { told, wait, work } = scene(error);
    await t.rejects(whileTrackerAway(wait, work), error);
    t.same(told, []);
  }
});

t.test('whoever stops it need not wait', async (t) => {
  const { controller, wait, work } = scene(away);
  const pauseMs = (): number => {
    setImmediate(() => controller.abort());
    return 60_000;
  };
  await t.rejects(whileTrackerAway({ ...wait, pauseMs }, work), { name: 'AbortError' });
});
