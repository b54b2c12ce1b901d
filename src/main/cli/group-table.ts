/** The commands about groups and who belongs to them. */
import type { EngineDefinition } from './command.js';
import { HISTORY_ACTIONS } from '../../net/history.js';
import { INVITED_ROLES } from '../../net/roles.js';
import { eventsOption, group, role, since, user } from './arguments.js';
import {
  asSetting,
  inShell,
  lifetimeOption,
  linkAddressOption,
  qrOption,
  usesOption,
} from './invite-options.js';

const common = { options: [], forms: 'both', needs: 'engine' } as const;

export const groupCommands = [
  {
    ...common,
    verb: 'create-group',
    seedNames: ['create_group'],
    summary: 'create a group and own it',
    args: [group],
  },
  {
    ...common,
    verb: 'join',
    seedNames: ['join_group'],
    summary: 'get into a group by a link, or ask its owner',
    args: [{ ...group, summary: 'the link, or - to read it from standard input; or a group id' }],
    options: [
      eventsOption,
      {
        name: 'as',
        placeholder: 'NAME',
        summary: 'the account that a link makes is called so, if you have none',
        isInShell: true,
      },
      {
        name: 'wait',
        summary: "wait for the owner's answer to a request, until it comes or --timeout is over",
      },
    ],
  },
  {
    ...common,
    verb: 'leave',
    seedNames: ['leave_group'],
    summary: 'leave a group and stop sharing in it',
    args: [group],
    options: [
      {
        name: 'yes',
        short: 'y',
        summary: 'do not ask, also when the group ends or changes hands by it',
        isInShell: true,
      },
    ],
  },
  {
    ...common,
    verb: 'requests',
    seedNames: ['list_requests'],
    summary: 'list who asks to join a group (owners, admins)',
    args: [group],
  },
  {
    ...common,
    verb: 'accept',
    seedNames: ['accept_request'],
    summary: 'let a user into a group (owners, admins)',
    args: [group, user],
  },
  {
    ...common,
    verb: 'reject',
    seedNames: ['reject_request'],
    summary: 'refuse a request to join (owners, admins)',
    args: [group, user],
  },
  {
    ...common,
    verb: 'members',
    seedNames: ['list_members'],
    summary: 'list who is in a group, and as what',
    args: [group],
  },
  {
    ...common,
    verb: 'invite',
    seedNames: ['invite'],
    summary: 'make a link that lets people into a group (owners, admins)',
    args: [group],
    options: [
      asSetting(inShell(usesOption('how many it lets in'))),
      {
        name: 'role',
        placeholder: 'ROLE',
        summary: 'what they are then: member (default), or reader, who brings nothing new',
        choices: INVITED_ROLES,
        isInShell: true,
      },
      asSetting(inShell(lifetimeOption)),
      asSetting(inShell(qrOption)),
      asSetting(
        inShell(
          linkAddressOption('where those whom it is for reach the tracker (default: where you do)'),
        ),
      ),
    ],
  },
  {
    ...common,
    verb: 'invites',
    seedNames: ['list_invites'],
    summary: 'list the links into a group, or end one (owners, admins)',
    args: [group],
    options: [
      {
        name: 'revoke',
        placeholder: 'ID',
        summary: 'end this one: its id, or the first digits of it',
        names: 'invite',
        isInShell: true,
      },
    ],
  },
  {
    ...common,
    verb: 'history',
    seedNames: ['history'],
    summary: 'show who did what in a group, or verify that nothing of it was changed',
    args: [group],
    options: [
      {
        name: 'verify',
        summary: 'read it through, and hold it against what was verified before',
        isInShell: true,
      },
      { name: 'since', placeholder: 'TIME', summary: since, isInShell: true },
      {
        name: 'user',
        placeholder: 'NAME',
        summary: 'only what this user did',
        names: 'member',
        isInShell: true,
      },
      {
        name: 'action',
        placeholder: 'ACTION',
        summary: 'only this, for instance kick',
        choices: HISTORY_ACTIONS,
        isInShell: true,
      },
      { name: 'jsonl', summary: 'one line of JSON for each entry, with its hash' },
    ],
  },
  {
    ...common,
    verb: 'kick',
    seedNames: ['kick'],
    summary: 'remove a member from a group (owners, admins)',
    args: [group, user],
  },
  {
    ...common,
    verb: 'ban',
    seedNames: ['ban'],
    summary: 'shut a user out of a group, with the devices on which they are (owners, admins)',
    args: [group, user],
  },
  {
    ...common,
    verb: 'unban',
    seedNames: ['unban'],
    summary: 'let a user who is banned join again (owners, admins)',
    args: [group, user],
  },
  {
    ...common,
    verb: 'bans',
    seedNames: ['list_bans'],
    summary: 'list who is banned from a group (owners, admins)',
    args: [group],
  },
  {
    ...common,
    verb: 'role',
    seedNames: ['role'],
    summary: 'make a member an owner, admin, member or reader of a group (owners)',
    args: [group, user, role],
  },
  {
    ...common,
    verb: 'transfer-owner',
    seedNames: ['transfer_owner'],
    summary: 'make another member the owner in your place (owners)',
    args: [group, user],
  },
  {
    ...common,
    verb: 'groups',
    seedNames: ['list_groups'],
    summary: 'list all groups',
    args: [],
  },
] as const satisfies readonly EngineDefinition[];
