/**
 * `tracker-admin`, also written `tracker admin`: what the operator looks at and decides on a tracker that runs on
 * this machine. Asks it over the socket in its data folder; nothing here touches its database.
 */
import type { AdminGroup, AdminMethods, AdminUser } from '../../net/admin-api.js';
import { tellIfSlow } from '../control/tell-if-slow.js';
import { ExitStatus, UsageError } from '../../net/errors.js';
import { MAX_DISABLE_REASON_BYTES } from '../../net/limits.js';
import { checkName } from '../../net/names.js';
import { nearestName } from '../../net/nearest-name.js';
import {
  type QuotaBound,
  type QuotaBounds,
  type QuotaFigure,
  type QuotaKind,
  type SetQuota,
} from '../../net/quota.js';
import { argument, isSwitchedOn, textOption, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import { patternMatcher } from '../commands/name-pattern.js';
import {
  formatBytes,
  formatCount,
  formatTime,
  parseCount,
  parseSize,
} from '../terminal/quantities.js';
import type { Output } from '../terminal/output.js';
import { AdminLink } from '../tracker-admin/admin-link.js';
import { untilAborted } from '../../net/until-aborted.js';
import { dataDirOf } from './tracker.js';

/** Most that a quota can count: as good as no bound. */
const MAX_QUOTA_COUNT = 999_999_999;

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
  owner,
  quota,
};

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { environment, out, signal } = context;
  const word = argument(given, 'action');
  const act = Object.hasOwn(actions, word) ? actions[word]! : unknownAction(word);
  checkOptions(word, given);
  const dataDir = await dataDirOf(given, environment);
  const work = async (): Promise<void> => {
    const link = await AdminLink.open(dataDir, signal);
    try {
      await untilAborted(signal, act({ link, out, given }));
    } finally {
      link.close();
    }
  };
  await tellIfSlow(work(), () =>
    out.note(`the tracker of ${dataDir} has not answered yet; waiting for it`),
  );
  return ExitStatus.ok;
}

const QUOTA_OPTIONS = ['user', 'group', 'all-users', 'all-groups', 'files', 'bytes', 'members'];

/** Options that not every action has. */
const OWN_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  disable: ['reason'],
  owner: ['group'],
  quota: QUOTA_OPTIONS,
};

function checkOptions(word: string, given: Given): void {
  const own = OWN_OPTIONS[word] ?? [];
  for (const [other, names] of Object.entries(OWN_OPTIONS)) {
    const stray = names.find((name) => given.options[name] !== undefined && !own.includes(name));
    if (stray !== undefined) throw new UsageError(`--${stray} belongs to ${other}`);
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
  const users: AdminUser[] = [];
  for await (const user of link.list('users', {})) if (fits(user.userId)) users.push(user);
  out.list(
    [
      ...[{ name: 'user' }, { name: 'state' }, { name: 'groups' }, { name: 'files' }],
      ...[{ name: 'described', kind: 'bytes' } as const, { name: 'quota' }, { name: 'made' }],
    ],
    users.map((user) => [
      ...[user.userId, stateOf(user), user.groups, user.files, user.bytes],
      ...[boundsText(user.allowed), formatTime(user.createdAtMs)],
    ]),
    'there is no such account',
    { users },
  );
}

function stateOf(user: { disabledBecause?: string; hasPassword: boolean }): string {
  const { disabledBecause: reason } = user;
  if (reason !== undefined) return reason === '' ? 'disabled' : `disabled: ${reason}`;
  return user.hasPassword ? 'enabled' : 'enabled, by key';
}

async function listGroups({ link, out, given }: Action): Promise<void> {
  const fits = matcherOf(given);
  const groups: AdminGroup[] = [];
  for await (const group of link.list('groups', {})) if (fits(group.groupId)) groups.push(group);
  out.list(
    [
      ...[{ name: 'group' }, { name: 'owner' }, { name: 'members' }, { name: 'files' }],
      ...[{ name: 'described', kind: 'bytes' } as const, { name: 'quota' }, { name: 'made' }],
    ],
    groups.map((group) => [
      ...[group.groupId, group.ownerId, group.members, group.files, group.bytes],
      ...[boundsText(group.allowed), formatTime(group.createdAtMs)],
    ]),
    'there is no such group',
    { groups: groups.map(({ ownerId: owner, ...group }) => ({ ...group, owner })) },
  );
}

function matcherOf({ args }: Given): (name: string) => boolean {
  return args['name'] === undefined ? () => true : patternMatcher(args['name']);
}

async function disable({ link, out, given }: Action): Promise<void> {
  const userId = userOf(given);
  const reason = textOption(given, 'reason') ?? '';
  if (Buffer.byteLength(reason) > MAX_DISABLE_REASON_BYTES) {
    throw new UsageError(`the reason is longer than ${MAX_DISABLE_REASON_BYTES} bytes`);
  }
  const { groups } = await link.call('disableUser', { userId, reason });
  out.result({ userId, reason, groups }, [
    `disabled ${userId}: logins and links have ended, and the members of ${formatCount(groups, 'group')} serve ${userId} no more`,
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

async function owner({ link, out, given }: Action): Promise<void> {
  const userId = userOf(given);
  const group = textOption(given, 'group');
  if (group === undefined) throw new UsageError('of which group? say it with --group');
  const groupId = checkName('group', group);
  const { isChanged } = await link.call('appointOwner', { groupId, userId });
  const what = isChanged ? 'is an owner of' : 'was an owner of';
  out.result({ groupId, userId, isChanged }, [`${userId} ${what} ${groupId}`]);
}

async function quota(action: Action): Promise<void> {
  const holder = holderOf(action.given);
  if (holder === undefined) return listQuotas(action);
  const { link, out, given } = action;
  const set = await link.call('setQuota', { ...holder, change: changeOf(given, holder.kind) });
  const bounds = boundsText(set);
  const none = set.id === '' ? 'no quota' : `as every ${set.kind}`;
  out.result({ quotas: [set] }, [`${holderText(set)}: ${bounds === '-' ? none : bounds}`]);
}

/** Whose quota is meant; undefined when none is named, to see them all. @throws UsageError */
function holderOf(given: Given): { kind: QuotaKind; id: string } | undefined {
  const [user, group] = [textOption(given, 'user'), textOption(given, 'group')];
  const holders = [
    ...(user === undefined ? [] : [{ kind: 'user', id: checkName('user', user) } as const]),
    ...(group === undefined ? [] : [{ kind: 'group', id: checkName('group', group) } as const]),
    ...(isSwitchedOn(given, 'all-users') ? [{ kind: 'user', id: '' } as const] : []),
    ...(isSwitchedOn(given, 'all-groups') ? [{ kind: 'group', id: '' } as const] : []),
  ];
  const stray = given.args['name'];
  if (stray !== undefined) {
    throw new UsageError(`whose quota? say --user ${stray} or --group ${stray}`);
  }
  const isSetting = ['files', 'bytes', 'members'].some((name) => given.options[name] !== undefined);
  if (holders.length > 1 || (holders.length === 0 && isSetting)) {
    throw new UsageError('whose quota? name one of --user, --group, --all-users and --all-groups');
  }
  if (holders.length === 1 && !isSetting) {
    throw new UsageError('what is allowed? say it with --files, --bytes or --members');
  }
  return holders[0];
}

type Change = AdminMethods['setQuota']['params']['change'];

function changeOf(given: Given, kind: QuotaKind): Change {
  const parse = (name: QuotaFigure, read: (text: string) => number): Change => {
    const text = textOption(given, name);
    if (text === undefined) return {};
    return { [name]: text === 'none' || text === 'default' ? text : read(text) };
  };
  if (kind === 'user' && given.options['members'] !== undefined) {
    throw new UsageError('--members is for groups');
  }
  const count = (what: string, least: number) => (text: string) =>
    parseCount(text, what, least, MAX_QUOTA_COUNT);
  return {
    ...parse('files', count('a number of files', 0)),
    ...parse('bytes', parseSize),
    // The owner is one.
    ...parse('members', count('a number of members', 1)),
  };
}

async function listQuotas({ link, out }: Action): Promise<void> {
  const quotas: SetQuota[] = [];
  for (const kind of ['user', 'group'] as const) {
    for await (const set of link.list('quotas', { kind })) quotas.push(set);
  }
  const rows = quotas.map((set) => [holderText(set), boundsText(set)]);
  out.list([{ name: 'of' }, { name: 'quota' }], rows, 'no quota is set', { quotas });
}

function holderText({ kind, id }: SetQuota): string {
  return id === '' ? `every ${kind}` : `${kind} ${id}`;
}

function boundsText(bounds: QuotaBounds): string {
  const parts = [
    ...boundText(bounds.files, (files) => formatCount(files, 'file'), 'any number of files'),
    ...boundText(bounds.bytes, (bytes) => `${formatBytes(bytes)} described`, 'any bytes'),
    ...boundText(
      bounds.members,
      (members) => formatCount(members, 'member'),
      'any number of members',
    ),
  ];
  return parts.length === 0 ? '-' : parts.join(', ');
}

function boundText(
  bound: QuotaBound | undefined,
  text: (bound: number) => string,
  none: string,
): string[] {
  return bound === undefined ? [] : [bound === 'none' ? none : text(bound)];
}

function userOf({ args }: Given): string {
  if (args['name'] === undefined) throw new UsageError('<name> is missing: which user?');
  return checkName('user', args['name']);
}
