/** The commands about the user's own account. */
import type { EngineDefinition, OptionDefinition } from './command.js';
import { newPassword, oldPassword, password, user } from './arguments.js';

/** How a one-shot command finds tracker and password. */
const credentialOptions: readonly OptionDefinition[] = [
  {
    name: 'tracker',
    setting: 'common',
    variable: 'P2P_TRACKER',
    placeholder: 'HOST[:PORT]',
    summary:
      'the tracker, or its URL; repeated for further addresses of the same one (or P2P_TRACKER)',
    isRepeated: true,
  },
  {
    name: 'password-stdin',
    summary: 'read the password from standard input (or P2P_PASSWORD, P2P_PASSWORD_FILE)',
  },
];

/** An invite is as good as an account: never in the argument list either. */
export const INVITE_FROM_STDIN = 'invite-stdin';

export const accountCommands = [
  {
    verb: 'create-user',
    seedNames: ['create_user'],
    summary: 'create an account on the tracker',
    args: [user, password],
    options: [
      ...credentialOptions,
      {
        name: INVITE_FROM_STDIN,
        summary:
          'read the invite from standard input (or P2P_INVITE); with --password-stdin the password is the first line',
      },
      {
        name: 'invite',
        placeholder: 'CODE',
        summary: 'the invite, where the tracker asks for one',
        isInShell: 'only',
      },
    ],
    forms: 'both',
    needs: 'engine',
  },
  {
    verb: 'login',
    seedNames: ['login'],
    summary: 'log in; serve and the interactive client share again what was shared before',
    args: [user, { ...password, omittedWith: 'key' }],
    options: [
      ...credentialOptions,
      { name: 'key', summary: "without a password, to the account that this device's key opens" },
    ],
    forms: 'both',
    needs: 'engine',
  },
  {
    verb: 'logout',
    seedNames: ['logout'],
    summary: 'log out and stop sharing until the next login',
    args: [],
    options: [
      {
        name: 'device',
        placeholder: 'ID',
        summary: 'log out on another device instead: its id, or the first digits of it',
        names: 'device',
        isInShell: true,
      },
      { name: 'all', summary: 'log out on all devices, this one too', isInShell: true },
    ],
    forms: 'both',
    needs: 'engine',
  },
  {
    verb: 'passwd',
    seedNames: ['passwd'],
    summary: 'change the password and log out on all other devices',
    args: [{ ...oldPassword, omittedWith: 'first' }, newPassword],
    options: [
      { name: 'first', summary: 'there is none yet: the account was made by a link' },
      {
        name: 'password-stdin',
        summary:
          'read the present and the new password from standard input, a line each (or P2P_PASSWORD, P2P_NEW_PASSWORD, or either with _FILE)',
      },
    ],
    forms: 'both',
    needs: 'engine',
  },
  {
    verb: 'devices',
    seedNames: ['devices'],
    summary: 'list the devices on which you are or were logged in',
    args: [],
    options: [],
    forms: 'both',
    needs: 'engine',
  },
  {
    verb: 'whoami',
    seedNames: ['whoami'],
    summary: 'show who is logged in',
    args: [],
    options: [],
    forms: 'both',
    needs: 'engine',
  },
] as const satisfies readonly EngineDefinition[];
