/** The commands about links for guests. */
import type { EngineDefinition } from './command.js';
import { fileName, group, password } from './arguments.js';
import { asSetting, linkAddressOption, qrOption } from './invite-options.js';

export const guestCommands = [
  {
    needs: 'engine',
    verb: 'link',
    seedNames: [],
    summary: 'make a link by which guests without the program take a file or folder from here',
    args: [group, fileName, { ...password, onlyWith: 'password-stdin' }],
    options: [
      {
        name: 'expires',
        setting: 'own',
        placeholder: 'TIME',
        summary: 'how long it is good (default: 7d)',
      },
      {
        name: 'downloads',
        setting: 'own',
        placeholder: 'N',
        summary: 'how many downloads it is good for (default: any number)',
      },
      {
        name: 'password-stdin',
        summary: 'guests have to say the password that standard input brings',
      },
      asSetting(linkAddressOption('where guests reach the gateway (default: as it listens)')),
      asSetting(qrOption),
    ],
    forms: 'one-shot',
  },
  {
    needs: 'engine',
    verb: 'links',
    seedNames: [],
    summary: 'list the links for guests, or end one',
    args: [{ ...group, kind: 'optional' }],
    options: [
      {
        name: 'revoke',
        placeholder: 'ID',
        summary: 'end this one: its id, or the first digits of it',
      },
    ],
    forms: 'one-shot',
  },
] as const satisfies readonly EngineDefinition[];
