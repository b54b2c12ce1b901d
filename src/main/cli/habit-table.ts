/** The commands about how p2p is used here: the settings, and the completion of a shell. */
import type { ProcessDefinition } from './command.js';

export const habitCommands = [
  {
    verb: 'config',
    seedNames: [],
    summary: 'show and change the settings that options have where they are not typed',
    args: [
      {
        name: 'action',
        summary: 'list (default), get, set or unset',
        kind: 'optional',
        choices: ['list', 'get', 'set', 'unset'],
      },
      {
        name: 'key',
        summary: 'the setting, as TABLE.NAME, for instance serve.port',
        kind: 'optional',
      },
      {
        name: 'value',
        summary:
          'of set: its value, of a switch true or false; several where the option may be repeated',
        kind: 'optional',
        isRepeated: true,
      },
    ],
    options: [
      { name: 'show-origin', summary: 'of list and get: say where each comes from' },
      {
        name: 'system',
        summary: "the machine's file alone: /etc/p2p/config.toml (or P2P_SYSTEM_CONFIG)",
      },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'completion',
    seedNames: [],
    summary: 'print the completion script of bash, zsh or fish',
    args: [{ name: 'shell', summary: 'bash, zsh or fish (default: yours)', kind: 'optional' }],
    options: [],
    forms: 'one-shot',
    needs: 'process',
  },
] as const satisfies readonly ProcessDefinition[];
