/** What the commands about groups answer. */
import * as v from 'valibot';
import { INVITED_ROLES } from '../../net/roles.js';
import type { AnswerShape } from './answer-shape.js';
import { count, groupId, moment, perhaps, role, text, userId, word, yesNo } from './parts.js';

const LINK = 'p2p://192.0.2.10:8000/film-club#SECRET';
const both = {
  results: [{ groupId, userId }],
  examples: [{ groupId: 'film-club', userId: 'ben' }],
} as const;
const endedInvites = count('links into the group that ended too, because they may know them');
const uses = count('how many people it lets in');
const expiresAtMs = moment('when it ends');
const inviteRole = word(INVITED_ROLES, 'what it makes of them');
const head = {
  count: count('entries up to here'),
  hash: text('the hash of the last: 64 hex digits'),
  signature: text("the tracker's, in Base64"),
};
const earlier = perhaps(v.strictObject({ ...head, incarnation: text('which group of this name') }));

export const groupAnswers = {
  'create-group': { results: [{ groupId }], examples: [{ groupId: 'film-club' }] },
  groups: {
    results: [
      {
        groups: v.array(
          v.strictObject({
            groupId,
            role: perhaps(role('what you are in it')),
            isAsked: perhaps(yesNo('your request to join waits')),
            members: perhaps(count('members, of your groups')),
            owner: perhaps(text('who owns it, and was first')),
            requests: perhaps(count('who asks to join, of those that you run')),
          }),
        ),
      },
    ],
    examples: [
      { groups: [{ groupId: 'film-club', role: 'owner', members: 4, owner: 'ann', requests: 1 }] },
    ],
  },
  join: {
    results: [
      { groupId },
      { groupId, state: v.literal('member') },
      {
        groupId,
        userId,
        isNewAccount: yesNo('the account was made'),
        isNewMember: yesNo('false for who was a member before'),
        role: role('what you are in it'),
      },
    ],
    examples: [
      { groupId: 'film-club' },
      { groupId: 'film-club', state: 'member' },
      {
        groupId: 'film-club',
        userId: 'ben',
        isNewAccount: true,
        isNewMember: true,
        role: 'member',
      },
    ],
    remark: 'The first is a request, the second one that was waited for, the third came by a link.',
  },
  leave: {
    results: [
      {
        groupId,
        newOwner: perhaps(text('who owns it now, if that has changed')),
        groupEnded: yesNo('nobody was left in it'),
      },
    ],
    examples: [{ groupId: 'film-club', newOwner: 'ben', groupEnded: false }],
  },
  requests: {
    results: [{ groupId, requests: v.array(v.strictObject({ userId })) }],
    examples: [{ groupId: 'film-club', requests: [{ userId: 'dan' }] }],
  },
  accept: both,
  reject: both,
  unban: both,
  'transfer-owner': both,
  members: {
    results: [
      { groupId, members: v.array(v.strictObject({ userId, role: role('what they are in it') })) },
    ],
    examples: [{ groupId: 'film-club', members: [{ userId: 'ann', role: 'owner' }] }],
  },
  invite: {
    results: [
      {
        link: text('the link: whoever has it gets in'),
        groupId,
        uses,
        role: inviteRole,
        expiresAtMs,
      },
    ],
    examples: [
      { link: LINK, groupId: 'film-club', uses: 5, role: 'member', expiresAtMs: 1_795_950_000_000 },
    ],
  },
  invites: {
    results: [
      {
        groupId,
        invites: v.array(
          v.strictObject({
            inviteId: text('its id'),
            creator: text('who made it'),
            uses,
            usesLeft: count('how many are left'),
            createdAtMs: moment('when it was made'),
            expiresAtMs,
            role: inviteRole,
          }),
        ),
      },
      { groupId, inviteId: text('what was given of its id') },
    ],
    examples: [
      {
        groupId: 'film-club',
        invites: [
          {
            ...{ inviteId: '3f9a'.padEnd(64, '0'), creator: 'ann', uses: 5, usesLeft: 4 },
            createdAtMs: 1_795_777_200_000,
            ...{ expiresAtMs: 1_795_950_000_000, role: 'member' },
          },
        ],
      },
      { groupId: 'film-club', inviteId: '3f9a' },
    ],
    remark: 'The second is the answer to `--revoke`.',
  },
  history: {
    results: [
      {
        groupId,
        entries: v.array(
          v.strictObject({
            seq: count('counts from 1'),
            atMs: moment('when'),
            action: text('what was done'),
            actor: text('by whom'),
            subjects: v.array(text('to whom, or to what')),
            hash: text('64 hex digits'),
          }),
        ),
      },
      {
        groupId,
        state: v.literal('whole'),
        head: v.strictObject(head),
        dropped: count('entries up to this one are gone'),
        since: word(
          ['new', 'continued', 'gap', 'other-group'],
          'how it goes on from what was verified before',
        ),
        earlier,
      },
      {
        groupId,
        state: v.literal('broken'),
        flaw: word(
          ['altered', 'missing', 'misplaced', 'truncated', 'rewritten', 'unsigned'],
          'what is wrong',
        ),
        seq: count('the first entry of which that is so'),
        head: v.strictObject(head),
        earlier,
      },
    ],
    examples: [
      {
        groupId: 'film-club',
        entries: [
          {
            ...{ seq: 1, atMs: 1_795_773_600_000, action: 'create', actor: 'ann', subjects: [] },
            hash: 'ab'.repeat(32),
          },
        ],
      },
      {
        groupId: 'film-club',
        state: 'whole',
        head: { count: 1, hash: 'ab'.repeat(32), signature: 'c2ln' },
        ...{ dropped: 0, since: 'new' },
      },
      {
        ...{ groupId: 'film-club', state: 'broken', flaw: 'altered', seq: 1 },
        head: { count: 1, hash: 'ab'.repeat(32), signature: 'c2ln' },
      },
    ],
    remark:
      'The others are the answers to `--verify`; a broken one comes with an error. `--jsonl` prints each entry on a line of its own, without a version.',
  },
  kick: {
    results: [{ groupId, userId, endedInvites }],
    examples: [{ groupId: 'film-club', userId: 'ben', endedInvites: 0 }],
  },
  ban: {
    results: [{ groupId, userId, endedInvites }],
    examples: [{ groupId: 'film-club', userId: 'mallory', endedInvites: 1 }],
  },
  bans: {
    results: [
      {
        groupId,
        bans: v.array(
          v.strictObject({ userId, bannedAtMs: moment('since when'), bannedBy: text('by whom') }),
        ),
      },
    ],
    examples: [
      {
        groupId: 'film-club',
        bans: [{ userId: 'mallory', bannedAtMs: 1_795_773_600_000, bannedBy: 'ann' }],
      },
    ],
  },
  role: {
    results: [
      {
        groupId,
        userId,
        role: role('what they are now'),
        isChanged: yesNo('they were not before'),
      },
    ],
    examples: [{ groupId: 'film-club', userId: 'ben', role: 'admin', isChanged: true }],
  },
} as const satisfies Readonly<Record<string, AnswerShape>>;
