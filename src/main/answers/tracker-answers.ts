/** What the commands about a tracker of this machine answer. */
import * as v from 'valibot';
import type { AnswerShape } from './answer-shape.js';
import { count, groupId, moment, path, perhaps, text, userId, word, yesNo } from './parts.js';

const allowed = v.strictObject({
  files: perhaps(count('files shared')),
  bytes: perhaps(count('bytes of their descriptions')),
  members: perhaps(count('members of a group')),
});
const bound = perhaps(v.union([count('at most'), v.literal('none')]));
const identity = text("the id of the tracker's key: 64 hex digits");
const backup = {
  path,
  bytes: count('of the backup'),
  madeAtMs: moment('when it was made'),
  programVersion: text('of the p2p that made it'),
  schema: count('of the database'),
  identity,
};
const backupExample = {
  ...{ path: '/backup/tracker-2026-11-27', bytes: 1_048_576, madeAtMs: 1_795_773_600_000 },
  ...{ programVersion: '0.1.0', schema: 12, identity: '26'.repeat(32) },
};
const made = { createdAtMs: moment('when it was made') };
const shared = {
  files: count('files shared, each device counting'),
  bytes: count('of their descriptions'),
  allowed,
};

export const trackerAnswers = {
  tracker: {
    results: [{}],
    examples: [{}],
    remark: 'Its output is its log: `--json` is `--log-format json` here; see operations.md.',
  },
  'tracker-invite': {
    results: [
      {
        code: text('the invite'),
        uses: count('accounts that it makes'),
        expiresAtMs: moment('when it ends'),
      },
    ],
    examples: [{ code: 'SECRET', uses: 5, expiresAtMs: 1_795_950_000_000 }],
  },
  'tracker-admin': {
    results: [
      {
        users: v.array(
          v.strictObject({
            userId,
            ...made,
            disabledBecause: perhaps(text('of one that is disabled; may be empty')),
            hasPassword: yesNo('or a key of a device alone'),
            groups: count('groups that the user is in'),
            ...shared,
          }),
        ),
      },
      {
        groups: v.array(
          v.strictObject({
            groupId,
            owner: text('who owns it'),
            ...made,
            members: count('members'),
            ...shared,
          }),
        ),
      },
      {
        userId,
        reason: text('what the user is told'),
        groups: count('that serve the user no more'),
      },
      { userId, wasDisabled: yesNo('false when there was nothing to do') },
      { userId, password: text('the new one') },
      { groupId, userId, isChanged: yesNo('the user was none before') },
      {
        quotas: v.array(
          v.strictObject({
            kind: word(['user', 'group'], 'of what'),
            id: text('of whom; empty: of all'),
            ...{ files: bound, bytes: bound, members: bound },
          }),
        ),
      },
    ],
    examples: [
      {
        users: [
          {
            ...{ userId: 'ann', createdAtMs: 1_795_773_600_000, hasPassword: true, groups: 1 },
            ...{ files: 7, bytes: 9_120, allowed: {} },
          },
        ],
      },
      {
        groups: [
          {
            ...{ groupId: 'film-club', owner: 'ann', createdAtMs: 1_795_773_600_000, members: 4 },
            ...{ files: 7, bytes: 9_120, allowed: {} },
          },
        ],
      },
      { userId: 'ben', reason: 'too loud', groups: 1 },
      { userId: 'ben', wasDisabled: true },
      { userId: 'ben', password: 'SECRET' },
      { groupId: 'film-club', userId: 'ben', isChanged: true },
      { quotas: [{ kind: 'user', id: '', files: 1_000 }] },
    ],
    remark: 'Of `users`, `groups`, `disable`, `enable`, `reset-password`, `owner` and `quota`.',
  },
  'tracker-backup': { results: [backup], examples: [backupExample] },
  'tracker-restore': {
    results: [{ ...backup, dataDir: path }],
    examples: [{ ...backupExample, dataDir: '/var/lib/p2p-tracker' }],
  },
  'tracker-check': {
    results: [
      {
        dataDir: path,
        isSound: yesNo('there are no flaws'),
        programVersion: text('of the p2p that looks'),
        isElsewhere: yesNo('the database is on a server, and was not looked at'),
        schema: perhaps(count('of the database')),
        knownSchema: count('up to which this version knows'),
        identity: perhaps(identity),
        histories: count('of groups'),
        entries: count('of all histories'),
        flaws: v.array(
          v.variant('kind', [
            v.strictObject({ kind: v.literal('database'), detail: text('what is wrong') }),
            v.strictObject({ kind: v.literal('history'), groupId, seq: count('the first entry') }),
            v.strictObject({ kind: word(['missing', 'damaged'], 'a file'), name: text('which') }),
            v.strictObject({
              kind: v.literal('open-to-others'),
              name: text('which'),
              mode: count('its mode'),
            }),
            v.strictObject({ kind: v.literal('newer-schema') }),
          ]),
        ),
      },
      backup,
    ],
    examples: [
      {
        ...{ dataDir: '/var/lib/p2p-tracker', isSound: true, programVersion: '0.1.0' },
        ...{ isElsewhere: false, schema: 12, knownSchema: 12 },
        ...{ identity: '26'.repeat(32), histories: 1, entries: 9, flaws: [] },
      },
      backupExample,
    ],
    remark: 'The second is of a backup. Flaws have exit status 6, and no error.',
  },
} as const satisfies Readonly<Record<string, AnswerShape>>;
