/** Who has a file: watchers that note what they hear, over a fake tracker. */
import t from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import { TrackerError, type ErrorCode, type P2pError } from '../../../src/net/errors.js';
import type { OnlinePeer } from '../../../src/net/tracker-api.js';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import type { PeerChange } from '../../../src/main/account/told-peers.js';
import { FileWatches, type FileWatcher } from '../../../src/main/account/file-watches.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { FakeAccountLink } from '../../fixtures/fake-account-link.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';
import { onlinePeer } from '../../fixtures/online-peer.js';

const [ann, bob] = [onlinePeer('ann'), onlinePeer('bob')];

class Watcher implements FileWatcher {
  readonly groupId = 'group';
  readonly fileId: string;
  readonly fileName = 'film';
  /** `all ann`, `online bob`, `gone ann`, `refused NOT_A_MEMBER`. */
  readonly heard: string[] = [];

  constructor(fileId: string) {
    this.fileId = fileId;
  }

  onUsersRemoved(userIds: readonly string[]): void {
    for (const userId of userIds) this.heard.push(`removed ${userId}`);
  }

  onAllPeers(peers: readonly OnlinePeer[]): void {
    this.heard.push(`all ${peers.map(({ deviceId }) => deviceId).join()}`);
  }

  onPeers({ online, gone, lost }: PeerChange): void {
    for (const { deviceId } of online) this.heard.push(`online ${deviceId}`);
    for (const deviceId of gone) this.heard.push(`gone ${deviceId}`);
    for (const deviceId of lost) this.heard.push(`lost ${deviceId}`);
  }

  onReplaced(sharer: string): void {
    this.heard.push(`replaced by ${sharer}`);
  }

  onRefused({ code }: P2pError): void {
    this.heard.push(`refused ${code}`);
  }
}

/** The watches under test. Ann has every file, and the tracker sends a ticket along. */
function scene() {
  const ticket = { ticket: 'AAAA', epoch: 1, expiresAtMs: 2 };
  const tracker = new FakeTrackerCalls({
    watch: () => ({ peers: [ann], ...ticket }),
    unwatch: () => ({}),
  });
  const link = new FakeAccountLink(tracker);
  const events: ClientEvent[] = [];
  const background = new BackgroundWork((event) => events.push(event));
  const tickets: [groupId: string, issued: object][] = [];
  const onIssued = (groupId: string, issued: object): Uint8Array => {
    tickets.push([groupId, issued]);
    return new Uint8Array(0);
  };
  const watches = new FileWatches(link, { onIssued }, background);
  const open = (fileId = 'film'): Watcher => {
    const watcher = new Watcher(fileId);
    watches.open(watcher);
    return watcher;
  };
  const push = (fileId: string, online: OnlinePeer[], gone: string[] = []): void =>
    watches.onPush({ groupId: 'group', fileId, online, gone });
  const refuse = (code: ErrorCode) => (tracker.answers.watch = () => Promise.reject(errorOf(code)));
  const settled = () => background.settled();
  return { watches, tracker, link, events, tickets, ticket, open, push, refuse, settled };
}

function errorOf(code: ErrorCode): TrackerError {
  return new TrackerError(code, 'no');
}

t.test(
  'a watcher is answered once, with a ticket for its group, and told of changes',
  async (t) => {
    const { open, push, settled, tracker, tickets, ticket } = scene();
    const { heard } = open();
    await settled();
    push('film', [bob], ['ann']);
    t.same(heard, ['all ann', 'online bob', 'gone ann']);
    t.same(tracker.paramsOf('watch'), [{ groupId: 'group', fileId: 'film' }]);
    t.same(tickets, [['group', ticket]]);
  },
);

t.test('who is lost, and who is in the group no more, is told of as that', async (t) => {
  const { watches, open, settled } = scene();
  const [film, song] = [open('film'), open('song')];
  await settled();
  watches.onPush({ groupId: 'group', fileId: 'film', online: [], gone: ['ann'], lost: true });
  watches.onUsersRemoved('other', ['ann']);
  watches.onUsersRemoved('group', ['bob']);
  t.same(film.heard.slice(1), ['lost ann', 'removed bob']);
  t.same(song.heard.slice(1), ['removed bob']);
});

t.test('news of one file are for those who watch that one', async (t) => {
  const { watches, open, push, settled } = scene();
  const [film, again, song] = [open('film'), open('film'), open('song')];
  await settled();
  push('film', [bob]);
  watches.onPush({ groupId: 'other', fileId: 'film', online: [ann], gone: [] });
  t.same(film.heard, ['all ann', 'online bob']);
  t.same(again.heard, ['all ann', 'online bob']);
  t.same(song.heard, ['all ann']);
});

t.test('the tracker is asked to stop when the last watcher of a file closes', async (t) => {
  const { watches, open, push, settled, tracker } = scene();
  const [film, again] = [open(), open()];
  await settled();
  watches.close(film);
  watches.close(film);
  await settled();
  t.same(tracker.paramsOf('unwatch'), []);
  push('film', [bob]);
  t.same([film.heard.length, again.heard.length], [1, 2]);
  watches.close(again);
  watches.close(again);
  await settled();
  t.same(tracker.paramsOf('unwatch'), [{ groupId: 'group', fileId: 'film' }]);
});

t.test(
  'one that closes while the tracker is asked hears nothing, its ticket is kept',
  async (t) => {
    for (const answer of ['an answer', 'a refusal'] as const) {
      const { watches, open, settled, tracker, tickets, ticket, events } = scene();
      const gate = deferred<void>();
      tracker.answers.watch = async () => {
        await gate.promise;
        if (answer === 'a refusal') throw errorOf('NOT_A_MEMBER');
        return { peers: [ann], ...ticket };
      };
      const film = open();
      await tracker.asked('watch');
      watches.close(film);
      gate.resolve();
      await settled();
      t.same(film.heard, [], answer);
      t.equal(tickets.length, answer === 'an answer' ? 1 : 0);
      t.same(events, []);
    }
  },
);

t.test('a lost tracker is no refusal, whatever else it says is one', async (t) => {
  const cases: [code: ErrorCode, heard: string[]][] = [
    ['CONNECTION_LOST', []],
    ['TRACKER_UNREACHABLE', []],
    ['NOT_A_MEMBER', ['refused NOT_A_MEMBER']],
    ['NO_SUCH_FILE', ['refused NO_SUCH_FILE']],
    ['LIMIT_REACHED', ['refused LIMIT_REACHED']],
    ['TIMEOUT', ['refused TIMEOUT']],
  ];
  for (const [code, heard] of cases) {
    const { open, refuse, settled, events } = scene();
    refuse(code);
    const film = open();
    await settled();
    t.same(film.heard, heard, code);
    t.same(events, [], 'the watcher hears of it, nobody else');
  }
});

t.test('when the tracker is back everybody is answered anew', async (t) => {
  const { watches, open, refuse, settled, tracker, ticket, tickets } = scene();
  refuse('CONNECTION_LOST');
  const [film, song] = [open('film'), open('song')];
  const closed = open('tale');
  await settled();
  watches.close(closed);
  tracker.answers.watch = () => ({ peers: [bob], ...ticket });
  await watches.onTrackerBack(tracker);
  t.same([film.heard, song.heard, closed.heard], [['all bob'], ['all bob'], []]);
  t.equal(tickets.length, 2);
});

t.test('a refusal then ends one watch alone', async (t) => {
  for (const code of ['NOT_A_MEMBER', 'NO_SUCH_GROUP', 'NO_SUCH_FILE'] as const) {
    const { watches, open, settled, tracker, ticket } = scene();
    const [film, song] = [open('film'), open('song')];
    await settled();
    tracker.answers.watch = async ({ fileId }) => {
      if (fileId === 'film') throw errorOf(code);
      return { peers: [bob], ...ticket };
    };
    await watches.onTrackerBack(tracker);
    t.same(film.heard, ['all ann', `refused ${code}`]);
    t.same(song.heard, ['all ann', 'all bob']);
  }
});

t.test('a tracker that is lost again fails the return, and no watch', async (t) => {
  for (const code of ['CONNECTION_LOST', 'TIMEOUT', 'BUSY'] as const) {
    const { watches, open, refuse, settled, tracker } = scene();
    const film = open();
    await settled();
    refuse(code);
    await t.rejects(watches.onTrackerBack(tracker), { code });
    t.same(film.heard, ['all ann']);
  }
});

t.test('a tracker that is away is not asked to stop', async (t) => {
  const { watches, open, settled, tracker, link } = scene();
  const film = open();
  await settled();
  link.isConnected = false;
  watches.close(film);
  await settled();
  t.same(tracker.paramsOf('unwatch'), []);
});

t.test('who wants a file under a name hears that it has a newer version', async (t) => {
  const { watches, tracker, ticket, open, settled } = scene();
  const film = open('f');
  await settled();
  const replaced = { groupId: 'group', fileId: 'f', name: 'film', sharer: 'bob' };
  watches.onReplaced({ ...replaced, name: 'song' });
  watches.onReplaced({ ...replaced, fileId: 'other' });
  t.same(film.heard, ['all ann']);
  watches.onReplaced(replaced);
  tracker.answers.watch = () => ({
    ...{ peers: [ann], ...ticket },
    // Whichever of its names was replaced last: none stands for it any more.
    replaced: { name: 'song', sharer: 'cid' },
  });
  await watches.onTrackerBack(tracker);
  t.same(film.heard, ['all ann', 'replaced by bob', 'all ann', 'replaced by cid']);
});

t.test('peers of one’s own network join those of the tracker', async (t) => {
  const background = new BackgroundWork(() => {});
  const tracker = new FakeTrackerCalls({
    watch: () => ({ peers: [ann], ticket: 'AAAA', epoch: 1, expiresAtMs: 2 }),
    unwatch: () => ({}),
  });
  const asked: string[] = [];
  const near = {
    watch: ({ fileId }: { fileId: string }) => {
      asked.push(`watch ${fileId}`);
      return [bob];
    },
    unwatch: ({ fileId }: { fileId: string }) => void asked.push(`unwatch ${fileId}`),
  };
  const link = new FakeAccountLink(tracker);
  const onIssued = (): Uint8Array => new Uint8Array(0);
  const watches = new FileWatches(link, { onIssued }, background, near);
  const [one, other] = [new Watcher('film'), new Watcher('film')];
  watches.open(one);
  watches.open(other);
  await background.settled();
  t.same(one.heard, ['online bob', 'all bob,ann']);
  watches.onHeard({ groupId: 'group', fileId: 'film', online: [], gone: ['bob'] });
  watches.onHeard({ groupId: 'group', fileId: 'other', online: [bob], gone: [] });
  t.same(one.heard.slice(2), ['lost bob'], 'who is silent has not said that it has it no more');
  watches.close(one);
  t.same(asked, ['watch film'], 'the other one wants it still');
  watches.close(other);
  t.same(asked, ['watch film', 'unwatch film']);
});
