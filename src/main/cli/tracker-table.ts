/** The commands about a tracker of this machine. */
import { trackerArgs } from './arguments.js';
import type { OptionDefinition, ProcessDefinition } from './command.js';
import { lifetimeOption, usesOption } from './invite-options.js';

const dataOption: OptionDefinition = {
  name: 'data',
  placeholder: 'DIR',
  setting: 'own',
  summary: 'folder of keys and database (default: in P2P_HOME)',
};

const dataFolderOption: OptionDefinition = {
  ...dataOption,
  summary: 'data folder of the tracker (default: in P2P_HOME)',
};

export const trackerCommands = [
  {
    verb: 'tracker',
    seedNames: [],
    summary: 'start a tracker',
    args: trackerArgs,
    options: [
      dataOption,
      {
        name: 'database',
        setting: 'own',
        variable: 'P2P_DATABASE',
        placeholder: 'URL',
        summary: 'keep the accounts in a PostgreSQL database (or P2P_DATABASE; default: a file)',
      },
      {
        name: 'presence',
        setting: 'own',
        variable: 'P2P_PRESENCE',
        placeholder: 'URL',
        summary: 'share that database with other trackers, over a Redis server (or P2P_PRESENCE)',
      },
      { name: 'new', summary: 'begin anew where the keys are there and the database is gone' },
      {
        name: 'peer-transport',
        setting: 'own',
        placeholder: 'tls|tcp',
        choices: ['tls', 'tcp'],
        summary: 'how peers talk (default: tls)',
      },
      {
        name: 'tls-cert',
        setting: 'own',
        placeholder: 'FILE',
        summary: 'certificate to show (default: its own)',
      },
      { name: 'tls-key', setting: 'own', placeholder: 'FILE', summary: 'key of that certificate' },
      {
        name: 'metrics',
        setting: 'own',
        placeholder: 'HOST:PORT',
        summary: 'answer /metrics and /healthz there, without TLS, and nowhere else',
      },
      {
        name: 'registration',
        setting: 'own',
        placeholder: 'open|invite|closed',
        choices: ['open', 'invite', 'closed'],
        summary: 'who may make an account (default: open)',
      },
      {
        name: 'accounts-per-day',
        setting: 'own',
        placeholder: 'N',
        summary:
          'accounts that one address may make in a day; ten times as many by links, or from an IPv6 /48 (default: 10)',
      },
      {
        name: 'announce',
        setting: 'own',
        placeholder: 'HOST:PORT',
        summary: 'where clients reach it, may be repeated: they keep it for when one address fails',
        isRepeated: true,
      },
      {
        name: 'relay',
        setting: 'own',
        placeholder: 'RATE',
        summary:
          'pass on what peers send that cannot reach each other, at most so much, e.g. 10MiB/s',
      },
      {
        name: 'log-format',
        setting: 'own',
        placeholder: 'text|json',
        choices: ['text', 'json'],
        summary: 'form of the log (default: text)',
      },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'tracker-invite',
    seedNames: [],
    summary: 'make an invite for a tracker of this machine that takes accounts by invite',
    args: [],
    options: [dataOption, usesOption('accounts that it makes'), lifetimeOption],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'tracker-admin',
    seedNames: [],
    summary: 'look at the users and groups of a tracker of this machine, and decide on them',
    args: [
      {
        name: 'action',
        summary: 'users, groups, disable, enable, reset-password, owner or quota',
        choices: ['users', 'groups', 'disable', 'enable', 'reset-password', 'owner', 'quota'],
      },
      { name: 'name', summary: 'a pattern of users or groups, or a user', kind: 'optional' },
    ],
    options: [
      dataFolderOption,
      { name: 'reason', placeholder: 'TEXT', summary: 'what a disabled user is told' },
      { name: 'user', placeholder: 'NAME', summary: 'whose quota is set' },
      {
        name: 'group',
        placeholder: 'NAME',
        summary: 'the same of a group; of owner the group that gets one',
      },
      { name: 'all-users', summary: 'the quota of every user without one of their own' },
      { name: 'all-groups', summary: 'the same of groups' },
      { name: 'files', placeholder: 'N', summary: 'files shared; also none, or default' },
      { name: 'bytes', placeholder: 'SIZE', summary: 'of their descriptions at the tracker' },
      { name: 'members', placeholder: 'N', summary: 'members of a group' },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'tracker-backup',
    seedNames: [],
    summary: 'back up all of a tracker of this machine in one file, while it runs',
    args: [{ name: 'file', summary: 'path of the backup' }],
    options: [
      dataFolderOption,
      { name: 'overwrite', short: 'o', summary: 'replace a file that is there' },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'tracker-restore',
    seedNames: [],
    summary: 'make the data folder of a tracker of a backup',
    args: [{ name: 'file', summary: 'path of the backup' }],
    options: [
      { ...dataFolderOption, summary: 'folder to make, or an empty one (default: in P2P_HOME)' },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'tracker-check',
    seedNames: [],
    summary: 'look whether the data of a tracker of this machine, or a backup, are sound',
    args: [
      { name: 'file', summary: 'path of a backup (default: the data folder)', kind: 'optional' },
    ],
    options: [dataFolderOption],
    forms: 'one-shot',
    needs: 'process',
  },
] as const satisfies readonly ProcessDefinition[];
