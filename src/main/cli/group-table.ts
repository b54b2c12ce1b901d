/** The commands about groups and who belongs to them. */
import type { EngineDefinition } from './command.js';
import { group, user } from './arguments.js';

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
    summary: 'ask to join a group; its owner decides',
    args: [group],
  },
  {
    ...common,
    verb: 'leave',
    seedNames: ['leave_group'],
    summary: 'leave a group and stop sharing in it',
    args: [group],
  },
  {
    ...common,
    verb: 'requests',
    seedNames: ['list_requests'],
    summary: 'list who asks to join a group (owner only)',
    args: [group],
  },
  {
    ...common,
    verb: 'accept',
    seedNames: ['accept_request'],
    summary: 'let a user into a group (owner only)',
    args: [group, user],
  },
  {
    ...common,
    verb: 'reject',
    seedNames: ['reject_request'],
    summary: 'refuse a request to join (owner only)',
    args: [group, user],
  },
  {
    ...common,
    verb: 'members',
    seedNames: ['list_members'],
    summary: 'list who is in a group',
    args: [group],
  },
  {
    ...common,
    verb: 'kick',
    seedNames: ['kick'],
    summary: 'remove a member from a group (owner only)',
    args: [group, user],
  },
  {
    ...common,
    verb: 'transfer-owner',
    seedNames: ['transfer_owner'],
    summary: 'make another member the owner (owner only)',
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
