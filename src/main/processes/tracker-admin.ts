/**
 * `tracker-admin`, also written `tracker admin`: what the operator looks at and decides on a tracker that runs on
 * this machine. Asks it over the socket in its data folder; nothing here touches its database.
 */
import { ExitStatus, UsageError } from '../../net/errors.js';
import { MAX_DISABLE_REASON_BYTES } from '../../net/limits.js';
import { checkName } from '../../net/names.js';
import { nearestName } from '../../net/nearest-name.js';
import type { Allowance } from '../../net/quota.js';
import { argument, textOption, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import { patternMatcher } from '../commands/name-pattern.js';
import { formatBytes, formatTime } from '../terminal/quantities.js';
import type { Output } from '../terminal/output.js';
import { AdminLink } from '../tracker-admin/admin-link.js';
import { untilAborted } from '../../net/until-aborted.js';
import { dataDirOf } from './tracker.js';

/** What an action works with. */
interface Action {
  readonly link: AdminLink;
  readonly out: Output;
  readonly given: Given;
}

const actions: Readonly<Record<string, (action: Action) => Promise<void>>> = {
  users: listUsers,
  groups: listGroups,
  disable,
  enable,
  'reset-password': resetPassword,
};

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { environment, out, signal } = context;
  const word = argument(given, 'action');
  const act = Object.hasOwn(actions, word) ? actions[word]! : unknownAction(word);
  checkOptions(word, given);
  const link = await AdminLink.open(await dataDirOf(given, environment));
  try {
    await untilAborted(signal, act({ link, out, given }));
  } finally {
    link.close();
  }
  return ExitStatus.ok;
}

/** Options that belong to one action alone. */
const OWN_OPTIONS: Readonly<Record<string, readonly string[]>> = { disable: ['reason'] };

function checkOptions(word: string, given: Given): void {
  for (const [owner, names] of Object.entries(OWN_OPTIONS)) {
    const stray = names.find((name) => given.options[name] !== undefined);
    if (owner !== word && stray !== undefined) {
      throw new UsageError(`--${stray} belongs to ${owner}`);
    }
  }
}

function unknownAction(word: string): never {
  const names = Object.keys(actions);
  const near = nearestName(word, names);
  const meant = near === undefined ? '' : `did you mean ${near}? `;
  throw new UsageError(`"${word}" is nothing that a tracker is asked; ${meant}${names.join(', ')}`);
}

async function listUsers({ link, out, given }: Action): Promise<void> {
  const fits = matcherOf(given);
  const rows: (string | number)[][] = [];
  for await (const user of link.list('users', {})) {
    if (!fits(user.userId)) continue;
    rows.push([
      ...[user.userId, stateOf(user), user.groups, user.files, user.bytes],
      ...[allowedText(user.allowed), formatTime(user.createdAtMs)],
    ]);
  }
  out.list(
    [
      ...[{ name: 'user' }, { name: 'state' }, { name: 'groups' }, { name: 'files' }],
      ...[{ name: 'described', kind: 'bytes' } as const, { name: 'quota' }, { name: 'made' }],
    ],
    rows,
    'there is no such account',
  );
}

function stateOf(user: { disabledBecause?: string; hasPassword: boolean }): string {
  const { disabledBecause: reason } = user;
  if (reason !== undefined) return reason === '' ? 'disabled' : `disabled: ${reason}`;
  return user.hasPassword ? 'enabled' : 'enabled, by key';
}

async function listGroups({ link, out, given }: Action): Promise<void> {
  const fits = matcherOf(given);
  const rows: (string | number)[][] = [];
  for await (const group of link.list('groups', {})) {
    if (!fits(group.groupId)) continue;
    rows.push([
      ...[group.groupId, group.ownerId, group.members, group.files, group.bytes],
      ...[allowedText(group.allowed), formatTime(group.createdAtMs)],
    ]);
  }
  out.list(
    [
      ...[{ name: 'group' }, { name: 'owner' }, { name: 'members' }, { name: 'files' }],
      ...[{ name: 'described', kind: 'bytes' } as const, { name: 'quota' }, { name: 'made' }],
    ],
    rows,
    'there is no such group',
  );
}

function matcherOf({ args }: Given): (name: string) => boolean {
  return args['name'] === undefined ? () => true : patternMatcher(args['name']);
}

/** `100 files, 5 MiB`; a dash when nothing is bounded. */
function allowedText({ files, bytes, members }: Allowance): string {
  const parts = [
    ...(files === undefined ? [] : [`${files} files`]),
    ...(bytes === undefined ? [] : [formatBytes(bytes)]),
    ...(members === undefined ? [] : [`${members} members`]),
  ];
  return parts.length === 0 ? '-' : parts.join(', ');
}

async function disable({ link, out, given }: Action): Promise<void> {
  const userId = userOf(given);
  const reason = textOption(given, 'reason') ?? '';
  if (Buffer.byteLength(reason) > MAX_DISABLE_REASON_BYTES) {
    throw new UsageError(`the reason is longer than ${MAX_DISABLE_REASON_BYTES} bytes`);
  }
  const { groups } = await link.call('disableUser', { userId, reason });
  const of = groups === 1 ? '1 group' : `${groups} groups`;
  out.result({ userId, reason, groups }, [
    `disabled ${userId}: every login has ended, and the members of ${of} serve ${userId} no more`,
  ]);
}

async function enable({ link, out, given }: Action): Promise<void> {
  const userId = userOf(given);
  const { wasDisabled } = await link.call('enableUser', { userId });
  const what = wasDisabled ? `enabled ${userId}, who has to log in anew` : `${userId} was enabled`;
  out.result({ userId, wasDisabled }, [what]);
}

async function resetPassword({ link, out, given }: Action): Promise<void> {
  const userId = userOf(given);
  const { password } = await link.call('resetPassword', { userId });
  out.result(
    { userId, password },
    [password],
    [
      `the new password of ${userId}; every login has ended. Hand it on, and have ${userId} choose another one: p2p login ${userId}, p2p passwd`,
    ],
  );
}

function userOf({ args }: Given): string {
  if (args['name'] === undefined) throw new UsageError('<name> is missing: which user?');
  return checkName('user', args['name']);
}
