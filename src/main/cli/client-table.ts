/** The commands about this client itself: what it does, how fast it may be, and what it needs. */
import type { EngineDefinition } from './command.js';
import { group } from './arguments.js';
import { listenOptions, transportOptions } from './engine-options.js';

const common = { forms: 'both', needs: 'engine' } as const;

export const clientCommands = [
  {
    ...common,
    verb: 'status',
    seedNames: [],
    summary: 'show what this client is doing',
    args: [],
    options: [],
  },
  {
    ...common,
    verb: 'limit',
    seedNames: [],
    summary: 'show and set how fast this client may be, also while it runs',
    args: [{ ...group, kind: 'optional', summary: 'a group that has a limit of its own besides' }],
    options: [
      { name: 'up', placeholder: 'RATE', summary: 'most that is sent, or none', isInShell: true },
      {
        name: 'down',
        placeholder: 'RATE',
        summary: 'most that is received, or none',
        isInShell: true,
      },
      {
        name: 'lan',
        summary: 'in your own network, where the others do not count then',
        isInShell: true,
      },
      {
        name: 'wan',
        summary: 'outside your own network, beneath what holds for all',
        isInShell: true,
      },
      {
        name: 'between',
        placeholder: 'TIME-TIME',
        summary: 'at this time of day, e.g. 08:00-18:00; it goes before what holds always',
        isInShell: true,
      },
      { name: 'clear', summary: 'take the limits away that are named so', isInShell: true },
    ],
  },
  {
    ...common,
    verb: 'doctor',
    seedNames: [],
    summary:
      'try all that p2p needs from here (network, disk, clock, versions), and say what would help',
    args: [
      {
        name: 'what',
        summary: 'all (default), or net, which says what kind of network this is',
        kind: 'optional',
        choices: ['all', 'net'],
      },
      { name: 'to', summary: 'folder that downloads go to', kind: 'path', fallback: '.' },
    ],
    options: [...listenOptions, ...transportOptions],
  },
] as const satisfies readonly EngineDefinition[];
