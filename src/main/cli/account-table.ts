/** The commands about the user's own account. */
import type { EngineDefinition, OptionDefinition } from './command.js';
import { password, user } from './arguments.js';

/** How a one-shot command finds tracker and password. */
const credentialOptions: readonly OptionDefinition[] = [
  { name: 'tracker', placeholder: 'HOST:PORT', summary: 'the tracker (or P2P_TRACKER)' },
  {
    name: 'password-stdin',
    summary: 'read the password from standard input (or P2P_PASSWORD, P2P_PASSWORD_FILE)',
  },
];

export const accountCommands = [
  {
    verb: 'create-user',
    seedNames: ['create_user'],
    summary: 'create an account on the tracker',
    args: [user, password],
    options: credentialOptions,
    forms: 'both',
    needs: 'engine',
  },
  {
    verb: 'login',
    seedNames: ['login'],
    summary: 'log in and share again what was shared before',
    args: [user, password],
    options: credentialOptions,
    forms: 'both',
    needs: 'engine',
  },
  {
    verb: 'logout',
    seedNames: ['logout'],
    summary: 'log out and stop sharing until the next login',
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
