/** The commands that are processes of their own. */
import type { OptionDefinition, ProcessDefinition } from './command.js';
import { EVENT_TYPES } from '../api/event-types.js';
import { eventsOption, hookOption, trackerArgs } from './arguments.js';
import {
  announceOptions,
  listenOptions,
  networkOptions,
  queueOptions,
  rateOptions,
  transportOptions,
  tuningOptions,
} from './engine-options.js';
import {
  asSetting,
  lifetimeOption,
  linkAddressOption,
  qrOption,
  usesOption,
} from './invite-options.js';

/** What links are good for. */
const linkOptions = [
  usesOption('how many people it lets in'),
  lifetimeOption,
  linkAddressOption('where they reach the tracker (default: an address of this machine)'),
  qrOption,
].map(asSetting);

export const shareCommand = {
  verb: 'share',
  seedNames: [],
  summary: 'share files behind one link until stopped; nothing else is needed',
  args: [{ name: 'file', summary: 'path of a file or folder', kind: 'path', isRepeated: true }],
  options: [
    eventsOption,
    ...linkOptions,
    {
      name: 'group',
      placeholder: 'NAME',
      summary: 'share in this group (default: a new one)',
      names: 'group',
    },
    {
      name: 'exclude',
      setting: 'own',
      placeholder: 'PATTERN',
      summary: 'leave out of a folder what matches, by the rules of .gitignore; may be repeated',
      isRepeated: true,
    },
    { name: 'stay', summary: 'go on in the background, also when this terminal is closed' },
    ...[...listenOptions, ...rateOptions, ...transportOptions, ...tuningOptions],
  ],
  forms: 'one-shot',
  needs: 'process',
} as const satisfies ProcessDefinition;

const webOption: OptionDefinition = {
  name: 'web',
  setting: 'own',
  summary: 'show a page about it in a browser of this machine as well, see web',
};

const serveOptions: readonly OptionDefinition[] = [
  ...[...listenOptions, ...queueOptions, ...rateOptions, ...transportOptions, ...tuningOptions],
  {
    name: 'relay',
    setting: 'own',
    placeholder: 'RATE',
    summary:
      'pass on what members of your groups send that cannot reach each other, at most so much',
  },
  {
    name: 'scrub',
    setting: 'own',
    summary: 'read what you share once a month, while nothing else goes on, to find damage',
  },
  hookOption,
  {
    name: 'gateway',
    setting: 'own',
    placeholder: '[HOST:]PORT',
    summary: 'let guests in there, who take what a link of yours names, see link',
  },
  {
    name: 'tls-cert',
    setting: 'own',
    placeholder: 'FILE',
    summary: 'certificate (PEM) that guests are shown (default: one of its own)',
  },
  { name: 'tls-key', setting: 'own', placeholder: 'FILE', summary: 'its private key (PEM)' },
  { name: 'metrics', placeholder: '[HOST:]PORT', summary: 'answer /metrics there, in the clear' },
  { name: 'metrics-open', summary: 'let that be an address which others reach' },
];

export const processCommands = [
  shareCommand,
  {
    verb: 'serve',
    seedNames: [],
    summary: 'share files until stopped',
    args: [],
    options: [eventsOption, ...serveOptions, webOption],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'web',
    seedNames: [],
    summary: 'show and do everything on a page, in a browser of this machine',
    args: [],
    options: [
      {
        name: 'port',
        setting: 'own',
        placeholder: 'PORT',
        summary: 'port of the page (default: any free one)',
      },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'up',
    seedNames: [],
    summary: 'share files in the background, also when this terminal is closed',
    args: [],
    options: serveOptions,
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'down',
    seedNames: [],
    summary: 'end what runs in the background',
    args: [],
    options: [],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'log',
    seedNames: [],
    summary: 'show what runs in the background has said',
    args: [],
    options: [
      { name: 'follow', short: 'f', summary: 'go on with what it says, until Ctrl-C' },
      { name: 'lines', placeholder: 'N', summary: 'so many of the last lines (default: 50)' },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'events',
    seedNames: [],
    summary: 'follow all that happens in the client that runs here, until it ends',
    args: [],
    options: [
      {
        name: 'group',
        placeholder: 'GROUP',
        summary:
          'only what is about this group, and what comes and goes of its files; may be repeated',
        names: 'group',
        isRepeated: true,
      },
      {
        name: 'type',
        placeholder: 'EVENT',
        summary: 'only this event, e.g. done, file-added or join-request; may be repeated',
        choices: EVENT_TYPES,
        isRepeated: true,
      },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'service',
    seedNames: [],
    summary: 'have this machine run serve or tracker from its start on (systemd, launchd)',
    args: [
      {
        name: 'action',
        summary: 'install, uninstall or status',
        choices: ['install', 'uninstall', 'status'],
      },
      {
        name: 'command',
        summary: 'serve or tracker; what is given to it stands after --',
        choices: ['serve', 'tracker'],
        isRepeated: true,
      },
    ],
    options: [
      { name: 'user', summary: 'of your own service manager (default)' },
      { name: 'system', summary: 'of the machine; needs root' },
      { name: 'dry-run', summary: 'print the file, and change nothing' },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'client',
    seedNames: [],
    summary: 'start the interactive client',
    args: [
      { name: 'client_ip', summary: 'address to serve pieces on' },
      { name: 'client_port', summary: 'port to serve pieces on' },
      ...trackerArgs,
    ],
    options: [
      {
        name: 'stop-on-error',
        summary: 'leave at the first command that fails, with its exit status',
      },
      {
        name: 'tracker',
        placeholder: 'HOST[:PORT]',
        summary: 'a further address of the same tracker, may be repeated',
        isRepeated: true,
      },
      ...announceOptions,
      ...networkOptions,
      ...queueOptions,
      ...rateOptions,
      ...transportOptions,
      ...tuningOptions,
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'quickstart',
    seedNames: [],
    summary: 'show it all on this machine: a tracker, peers, a group, a download',
    args: [
      { name: 'file', summary: 'the file to share (default: a generated one)', kind: 'optional' },
    ],
    options: [
      { name: 'peers', placeholder: 'N', summary: 'peers that share the file (default: 3)' },
      {
        name: 'size',
        placeholder: 'SIZE',
        summary: 'size of the generated file (default: 256MiB)',
      },
      {
        name: 'peer-transport',
        placeholder: 'tls|tcp',
        choices: ['tls', 'tcp'],
        summary: 'how peers talk (default: tls)',
      },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
  {
    verb: 'bench',
    seedNames: [],
    summary: 'measure this machine, and how much of it a transfer reaches',
    args: [],
    options: [
      { name: 'size', placeholder: 'SIZE', summary: 'bytes to measure with (default: 256MiB)' },
      {
        name: 'dir',
        placeholder: 'DIR',
        summary: 'folder on the disk to measure (default: the system one for temporary files)',
      },
    ],
    forms: 'one-shot',
    needs: 'process',
  },
] as const satisfies readonly ProcessDefinition[];
