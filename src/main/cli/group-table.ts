/** The commands about groups and who belongs to them. */
import type { EngineCommand } from './command.js';
import { group, user } from './arguments.js';

const common = { options: [], forms: 'both', needs: 'engine' } as const;

export const groupCommands: readonly EngineCommand[] = [
  {
    ...common,
    verb: 'create-group',
    seedNames: ['create_group'],
    summary: 'create a group and own it',
    args: [group],
    load: () => import('../commands/create-group.js'),
  },
  {
    ...common,
    verb: 'join',
    seedNames: ['join_group'],
    summary: 'ask to join a group; its owner decides',
    args: [group],
    load: () => import('../commands/join.js'),
  },
  {
    ...common,
    verb: 'leave',
    seedNames: ['leave_group'],
    summary: 'leave a group and stop sharing in it',
    args: [group],
    load: () => import('../commands/leave.js'),
  },
  {
    ...common,
    verb: 'requests',
    seedNames: ['list_requests'],
    summary: 'list who asks to join a group (owner only)',
    args: [group],
    load: () => import('../commands/requests.js'),
  },
  {
    ...common,
    verb: 'accept',
    seedNames: ['accept_request'],
    summary: 'let a user into a group (owner only)',
    args: [group, user],
    load: () => import('../commands/accept.js'),
  },
  {
    ...common,
    verb: 'reject',
    seedNames: ['reject_request'],
    summary: 'refuse a request to join (owner only)',
    args: [group, user],
    load: () => import('../commands/reject.js'),
  },
  {
    ...common,
    verb: 'kick',
    seedNames: ['kick'],
    summary: 'remove a member from a group (owner only)',
    args: [group, user],
    load: () => import('../commands/kick.js'),
  },
  {
    ...common,
    verb: 'transfer-owner',
    seedNames: ['transfer_owner'],
    summary: 'make another member the owner (owner only)',
    args: [group, user],
    load: () => import('../commands/transfer-owner.js'),
  },
  {
    ...common,
    verb: 'groups',
    seedNames: ['list_groups'],
    summary: 'list all groups',
    args: [],
    load: () => import('../commands/groups.js'),
  },
];
