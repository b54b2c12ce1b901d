/** What the tracker pushes, and who hears of it. */
import t from 'tap';
import type { P2pError } from '../../../src/net/errors.js';
import type { Role } from '../../../src/net/roles.js';
import type { TrackerNotifications } from '../../../src/net/tracker-api.js';
import { handlePush } from '../../../src/main/engine/push-handler.js';
import type { TrackerPush } from '../../../src/main/tracker-link/tracker-calls.js';
import { onlinePeer } from '../../fixtures/online-peer.js';
import { at } from '../../fixtures/incarnations.js';

/** Receivers that note what they hear; a ticket of an epoch before `ticketEpoch + 1` is held. */
function scene({ isChanging = false, ticketEpoch = 1, isOwner = false } = {}) {
  const heard: unknown[] = [];
  const note =
    (word: string) =>
    (...what: unknown[]): void =>
      void heard.push([word, ...what]);
  const errorOf = ({ code, message }: P2pError) => ({ code, message });
  const push = (news: TrackerPush): void =>
    handlePush(
      {
        reach: { onReach: note('reach') },
        answers: { onCall: note('call') },
        watches: {
          onPush: note('peers'),
          onReplaced: note('watched'),
          onUsersRemoved: note('watched users'),
        },
        fileNews: { onPush: note('files'), onMember: note('member of') },
        uploads: { onStanding: note('uploads') },
        memberships: {
          learn: note('in'),
          incarnationOf: () => (isOwner ? at(2).incarnation : undefined),
          roleIn: () => (isOwner ? 'owner' : undefined),
        },
        tickets: { onEpoch: (_, epoch) => epoch > ticketEpoch },
        renewal: { soon: note('renew') },
        emit: note('event'),
        isChanging: () => isChanging,
        onReplaced: note('replaced'),
        onRole: note('role'),
        onUsersRemoved: note('users removed'),
        onRemoved: (groupId, error) => note('removed')(groupId, errorOf(error)),
        onSessionEnded: (error) => note('session ended')(errorOf(error)),
      },
      news,
    );
  return { heard, push };
}

const standing = (epoch: number) => ({ groupId: 'chess', ...at(epoch) });
const learnt = (role: Role) => [
  ['in', { ...standing(2), role }],
  ['uploads', standing(2)],
  ['member of', 'chess'],
  ['role', 'chess', role],
];

type Told = TrackerNotifications['membership'];

function membership(state: Told['state'], by?: string): TrackerPush {
  const payload = { groupId: 'chess', state, ...at(2) };
  return { name: 'membership', payload: by === undefined ? payload : { ...payload, by } };
}

t.test('each goes to those whom it concerns', (t) => {
  const online = [onlinePeer('ann')];
  const peers = { groupId: 'chess', fileId: 'a', online, gone: ['bob'] };
  const newer = { groupId: 'chess', fileId: 'a', name: 'film', sharer: 'ann' };
  const evil = { code: 'NOT_LOGGED_IN', message: 'replaced\u001b[2J' } as const;
  const out = { code: 'NOT_A_MEMBER', message: 'you are no longer a member of chess' };
  const news = (state: string, by?: string) => [
    'event',
    { type: 'membership', groupId: 'chess', state, ...(by !== undefined && { by }) },
  ];
  const cases: [push: TrackerPush, heard: unknown[]][] = [
    [{ name: 'peers', payload: peers }, [['peers', peers]]],
    [
      { name: 'replaced', payload: newer },
      [
        ['watched', newer],
        ['replaced', newer],
      ],
    ],
    [
      { name: 'epoch', payload: { groupId: 'chess', ...at(1), removedUsers: [] } },
      [['uploads', standing(1), []]],
    ],
    [
      { name: 'epoch', payload: { groupId: 'chess', ...at(2), removedUsers: ['bob'] } },
      [
        ['uploads', standing(2), ['bob']],
        ['renew'],
        ['watched users', 'chess', ['bob']],
        ['users removed', 'chess', ['bob']],
        ['event', { type: 'member-removed', groupId: 'chess', userId: 'bob' }],
      ],
    ],
    [
      { name: 'joinRequest', payload: { groupId: 'chess', userId: 'bob' } },
      [['event', { type: 'join-request', groupId: 'chess', userId: 'bob' }]],
    ],
    [
      { name: 'inviteRedeemed', payload: { groupId: 'chess', userId: 'bob' } },
      [['event', { type: 'joined-by-link', groupId: 'chess', userId: 'bob' }]],
    ],
    [membership('member'), [...learnt('member'), news('member')]],
    [membership('owner'), [...learnt('owner'), news('owner')]],
    [membership('admin', 'bob'), [...learnt('admin'), news('admin', 'bob')]],
    [membership('reader', 'bob'), [...learnt('reader'), news('reader', 'bob')]],
    [membership('rejected'), [news('rejected')]],
    [membership('removed'), [news('removed'), ['removed', 'chess', out]]],
    [membership('banned', 'bob'), [news('banned', 'bob'), ['removed', 'chess', out]]],
    [
      { name: 'sessionEnded', payload: evil },
      [['session ended', { code: 'NOT_LOGGED_IN', message: 'replaced' }]],
    ],
    [
      { name: 'sessionEnded', payload: { code: 'HOME_IN_USE', message: 'taken over' } },
      [['session ended', { code: 'HOME_IN_USE', message: 'taken over' }]],
    ],
  ];
  for (const [news, expected] of cases) {
    const { heard, push } = scene();
    push(news);
    t.same(heard, expected, news.name);
  }
  t.end();
});

t.test('an owner who is a member by nobody else’s doing has handed the group over', (t) => {
  const { heard, push } = scene({ isOwner: true });
  push(membership('member'));
  const told = { type: 'membership', groupId: 'chess' };
  t.same(heard.splice(0), [...learnt('member'), ['event', { ...told, state: 'former-owner' }]]);
  push(membership('member', 'bob'));
  t.same(heard, [...learnt('member'), ['event', { ...told, state: 'member', by: 'bob' }]]);
  t.end();
});

t.test('what a command of this client has caused is no news', (t) => {
  const { heard, push } = scene({ isChanging: true });
  for (const state of ['rejected', 'removed'] as const) push(membership(state));
  t.same(heard, []);
  push(membership('member'));
  t.same(heard, learnt('member'), 'but old tickets are refused from now on');
  t.end();
});
