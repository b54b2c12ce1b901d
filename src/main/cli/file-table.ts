/** The commands about files: sharing, finding and downloading them. */
import type { ArgumentDefinition, EngineDefinition, OptionDefinition } from './command.js';
import {
  listenOptions,
  queueOptions,
  rateOptions,
  transportOptions,
  tuningOptions,
} from './engine-options.js';
import { PRIORITIES } from '../home/download-turn.js';
import { eventsOption, fileName, group, hookOption, output, since } from './arguments.js';

const common = { forms: 'both', needs: 'engine' } as const;
const keepPart: OptionDefinition = {
  name: 'keep-part',
  summary: 'keep what was fetched of unfinished ones',
  isInShell: true,
};
const skipExisting: OptionDefinition = {
  name: 'skip-existing',
  summary: 'leave what is there as it is, whatever it is, and fetch the rest',
  isInShell: true,
};
const agreed: OptionDefinition = {
  name: 'yes',
  short: 'y',
  summary: 'do not ask, also when a pattern means other names than its own',
  isInShell: true,
};
/** Names and patterns, in both forms. */
const someFiles: ArgumentDefinition = {
  ...fileName,
  summary: 'names, or patterns',
  isRepeated: 'everywhere',
};
/** Files, a group, or a download by its id. */
const someDownloads: readonly [ArgumentDefinition, ArgumentDefinition] = [
  { name: 'group', summary: 'group id, or the id of a download without a <file>' },
  { ...someFiles, kind: 'optional' },
];

export const fileCommands = [
  {
    ...common,
    verb: 'files',
    seedNames: ['list_files'],
    summary: 'list the files that members of a group share',
    args: [
      group,
      {
        name: 'file',
        summary: 'only these: names, or patterns',
        kind: 'optional',
        isRepeated: true,
      },
    ],
    options: [
      { name: 'mine', summary: 'only what you share from here', isInShell: true },
      {
        name: 'missing',

        summary: 'only what is not here as it is listed',
        isInShell: true,
      },
      { name: 'since', placeholder: 'TIME', summary: since, isInShell: true },
    ],
  },
  {
    ...common,
    verb: 'search',
    seedNames: ['search'],
    summary: 'find files of all your groups by what is in their names',
    args: [
      {
        name: 'word',
        summary: 'what is in the name, whatever its case and accents; of several, all',
        isRepeated: 'everywhere',
      },
    ],
    options: [
      {
        name: 'group',
        placeholder: 'GROUP',
        summary: 'only in this group; may be repeated',
        names: 'group',
        isInShell: true,
        isRepeated: true,
      },
      {
        name: 'type',
        placeholder: 'TYPE',
        summary: 'file, folder, or the ending of the name, for instance jpg',
        choices: ['file', 'folder'],
        isInShell: true,
      },
      {
        name: 'min-size',
        placeholder: 'SIZE',
        summary: 'nothing that is smaller',
        isInShell: true,
      },
      { name: 'max-size', placeholder: 'SIZE', summary: 'nothing that is larger', isInShell: true },
      { name: 'since', placeholder: 'TIME', summary: since, isInShell: true },
      {
        name: 'until',
        placeholder: 'TIME',
        summary: 'nothing that is newer, written in the same way',
        isInShell: true,
      },
    ],
  },
  {
    ...common,
    verb: 'upload',
    seedNames: ['upload_file'],
    endsItself: true,
    summary: 'share files and folders with a group',
    args: [
      {
        name: 'file',
        summary:
          'path of the file or folder to share; - alone takes standard input, with --as NAME',
        kind: 'path',
        isRepeated: true,
        mayPass: 'in',
      },
      group,
    ],
    options: [
      eventsOption,
      {
        name: 'exclude',
        setting: 'own',
        placeholder: 'PATTERN',
        summary: 'leave out of a folder what matches, by the rules of .gitignore; may be repeated',
        isInShell: true,
        isRepeated: true,
      },
      { name: 'each', summary: 'share every file in a folder as an item of its own' },
      { name: 'as', placeholder: 'NAME', summary: 'share it under this name', isInShell: true },
      {
        name: 'replace',
        summary: 'share the new version of a file that is shared under this name',
        isInShell: true,
      },
      {
        name: 'sha256',
        setting: 'own',
        summary: 'add a SHA-256 of the whole file',
        isInShell: true,
      },
    ],
  },
  {
    ...common,
    verb: 'get',
    seedNames: [],
    summary: 'download what is behind a link',
    args: [
      { name: 'link', summary: 'the link, or - to read it from standard input' },
      {
        name: 'destination',
        summary: 'a folder, or the path of the new file (default: the present folder)',
        kind: 'path',
        fallback: '.',
        givenBy: 'output',
        mayPass: 'out',
      },
    ],
    options: [
      output,
      eventsOption,
      { name: 'overwrite', summary: 'replace a file that is there' },
      skipExisting,
      hookOption,
      {
        name: 'timeout',
        setting: 'own',
        placeholder: 'TIME',
        summary:
          'give up after this long without a byte; 0 never does (default: 0 on a terminal, else 2m)',
      },
      ...listenOptions,
      ...rateOptions,
      ...transportOptions,
      ...tuningOptions,
    ],
    forms: 'one-shot',
    endsItself: true,
  },
  {
    ...common,
    verb: 'download',
    seedNames: ['download_file'],
    summary: 'download files from all peers that have them',
    args: [
      group,
      { ...fileName, summary: 'names, or patterns', isRepeated: true, omittedWith: 'all' },
      {
        name: 'destination',
        summary:
          'a folder, or the path of the new file (default: the present folder, after a single <file> or --all)',
        kind: 'path',
        fallback: '.',
        givenBy: 'output',
        mayPass: 'out',
      },
    ],
    options: [
      output,
      eventsOption,
      {
        name: 'all',
        summary: 'every file of the group that is not there yet; takes no <file>, only a folder',
      },
      {
        name: 'only',
        placeholder: 'PATTERN',
        summary:
          'of a folder only what matches, by the rules of .gitignore, ! takes out; may be repeated',
        isInShell: true,
        isRepeated: true,
      },
      {
        name: 'overwrite',
        summary: 'replace a file that is there',
        isInShell: true,
      },
      skipExisting,
      hookOption,
      {
        name: 'timeout',
        setting: 'own',
        placeholder: 'TIME',
        summary:
          'give up after this long without a byte; 0 never does (default: 0 on a terminal, else 2m)',
        isInShell: true,
      },
      {
        name: 'priority',
        placeholder: 'PRIORITY',
        choices: PRIORITIES,
        summary: 'its turn among those that wait: high, normal (default) or low',
        isInShell: true,
      },
      ...listenOptions,
      ...queueOptions,
      ...rateOptions,
      ...transportOptions,
      ...tuningOptions,
    ],
    endsItself: true,
  },
  {
    ...common,
    verb: 'downloads',
    endsItself: true,
    seedNames: ['show_downloads'],
    summary: 'list downloads: [D] downloading, [C] complete, [P] stopped, [F] failed',
    args: [],
    options: [
      { name: 'ids', summary: 'show the id of each, as cancel takes it', isInShell: true },
      {
        name: 'watch',
        short: 'w',
        summary: 'draw them again and again; keys choose and change them, q leaves',
      },
    ],
  },
  {
    ...common,
    verb: 'peers',
    seedNames: ['list_peers'],
    summary: 'list who delivers files that are downloaded here',
    args: [group, someFiles],
    options: [],
  },
  {
    ...common,
    verb: 'why',
    seedNames: [],
    summary: 'say what files wait for, and what would help',
    args: [group, someFiles],
    options: [],
  },
  {
    ...common,
    verb: 'pause',
    seedNames: ['pause_download'],
    summary: 'stop downloads until they are resumed; what is verified stays',
    args: someDownloads,
    options: [],
  },
  {
    ...common,
    verb: 'resume',
    seedNames: ['resume_download'],
    endsItself: true,
    summary: 'go on with downloads that were paused, stopped or interrupted',
    args: someDownloads,
    options: [
      eventsOption,
      {
        name: 'timeout',
        setting: 'own',
        placeholder: 'TIME',
        summary:
          'give up after this long without a byte; 0 never does (default: 0 on a terminal and where a client stays, else 2m)',
        isInShell: true,
      },
    ],
  },
  {
    ...common,
    verb: 'move',
    seedNames: ['move_download'],
    summary: 'change the turn of downloads that wait in line',
    args: [
      someDownloads[0],
      // In the interactive client the word behind it would be taken for one more.
      { ...someDownloads[1], isRepeated: true },
      {
        name: 'to',
        summary: 'first, last, up, down, or a place in the line',
        kind: 'optional',
        choices: ['first', 'last', 'up', 'down'],
      },
    ],
    options: [],
  },
  {
    ...common,
    verb: 'cancel',
    seedNames: ['cancel_download'],
    summary: 'end a download that is not complete and remove what was fetched of it',
    args: someDownloads,
    options: [keepPart, agreed],
  },
  {
    ...common,
    verb: 'forget',
    seedNames: ['forget_downloads'],
    summary: 'take downloads that have ended off the list; finished files stay',
    args: [
      { ...group, kind: 'optional' },
      { ...someFiles, kind: 'optional' },
    ],
    options: [
      { name: 'finished', summary: 'only those that are complete', isInShell: true },
      keepPart,
      agreed,
    ],
  },
  {
    ...common,
    verb: 'shares',
    seedNames: ['list_shares'],
    summary: 'list what you share from here, and whether it is served',
    args: [{ ...group, kind: 'optional' }],
    options: [],
  },
  {
    ...common,
    verb: 'stop-share',
    seedNames: ['stop_share'],
    summary: 'stop sharing files',
    args: [group, someFiles],
    options: [agreed],
  },
  {
    ...common,
    verb: 'verify',
    seedNames: [],
    summary: 'read what you share or downloaded, and say what is damaged',
    args: [
      { ...group, kind: 'optional' },
      { ...someFiles, kind: 'optional' },
    ],
    options: [
      eventsOption,
      {
        name: 'repair',
        summary:
          'bring back what was shared, from those who have it; what was changed stays beside it',
        isInShell: true,
      },
    ],
  },
] as const satisfies readonly EngineDefinition[];
