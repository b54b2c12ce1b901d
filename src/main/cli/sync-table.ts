/** The command that keeps a folder the same as a group. */
import { eventsOption, group } from './arguments.js';
import type { EngineDefinition } from './command.js';
import {
  listenOptions,
  queueOptions,
  rateOptions,
  transportOptions,
  tuningOptions,
} from './engine-options.js';

export const syncCommands = [
  {
    forms: 'both',
    needs: 'engine',
    verb: 'sync',
    seedNames: ['sync_folder'],
    endsItself: true,
    summary: 'keep a folder the same as what a group shares',
    args: [group, { name: 'folder', summary: 'the folder; made if need be', kind: 'path' }],
    options: [
      eventsOption,
      { name: 'both', summary: 'share what is new or changed in the folder too', isInShell: true },
      { name: 'once', summary: 'end when all is here, and wait for no changes', isInShell: true },
      {
        name: 'delete',
        summary:
          'remove what came and nobody shares any more; with --both end what is removed here',
        isInShell: true,
      },
      {
        name: 'only',
        placeholder: 'PATTERN',
        summary: 'only items whose names match, by the rules of .gitignore; may be repeated',
        isInShell: true,
        isRepeated: true,
      },
      {
        name: 'exclude',
        placeholder: 'PATTERN',
        summary: 'no items, and no files of shared folders, that match; may be repeated',
        isInShell: true,
        isRepeated: true,
      },
      {
        name: 'timeout',
        setting: 'own',
        placeholder: 'TIME',
        summary: 'try a file later on which nothing comes for so long; 0 never does (default: 2m)',
        isInShell: true,
      },
      ...listenOptions,
      ...queueOptions,
      ...rateOptions,
      ...transportOptions,
      ...tuningOptions,
    ],
  },
] as const satisfies readonly EngineDefinition[];
