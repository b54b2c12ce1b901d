/** What `p2p` and `p2p --help` print, and the example of each command. Pure. */
import {
  commandsOf,
  namesOf,
  shellNameOf,
  usageOf,
  type CommandDefinition,
  type OneShotVerb,
} from './command-table.js';
import { everyCommand } from './common-options.js';

/** The commands in the order in which somebody needs them. */
export const chapters: readonly (readonly [title: string, verbs: readonly OneShotVerb[]])[] = [
  ['By one link', ['share', 'get']],
  ['Try it', ['quickstart', 'bench']],
  ['Account', ['create-user', 'login', 'logout', 'passwd', 'devices', 'whoami']],
  ['Groups', ['create-group', 'groups', 'join', 'leave', 'members', 'history']],
  [
    'Groups that you run',
    [
      ...(['invite', 'invites', 'requests', 'accept', 'reject'] as const),
      ...(['role', 'transfer-owner', 'kick', 'ban', 'unban', 'bans'] as const),
    ],
  ],
  [
    'Files',
    [
      ...(['files', 'search', 'upload', 'download', 'sync', 'downloads', 'peers', 'why'] as const),
      ...([
        'pause',
        'resume',
        'move',
        'cancel',
        'forget',
        'shares',
        'link',
        'links',
        'stop-share',
        'verify',
      ] as const),
    ],
  ],
  [
    'Run',
    [
      ...(['up', 'down', 'log', 'events', 'service', 'serve', 'client', 'web'] as const),
      ...(['status', 'limit', 'doctor', 'config', 'completion'] as const),
    ],
  ],
  [
    'A tracker',
    [
      ...(['tracker', 'tracker-invite', 'tracker-admin'] as const),
      ...(['tracker-backup', 'tracker-restore', 'tracker-check'] as const),
    ],
  ],
];

/** One line for each, as somebody would type it. */
export const examples: Readonly<Record<OneShotVerb, string>> = {
  'create-user': 'p2p create-user ann --tracker 192.0.2.10:8000',
  login: 'p2p login ann',
  logout: 'p2p logout --device 3f9a',
  passwd: 'p2p passwd',
  devices: 'p2p devices',
  whoami: 'p2p whoami',
  'create-group': 'p2p create-group film-club',
  join: 'p2p join p2p://192.0.2.10:8000/film-club#SECRET',
  leave: 'p2p leave film-club',
  requests: 'p2p requests film-club',
  accept: 'p2p accept film-club ben',
  reject: 'p2p reject film-club ben',
  members: 'p2p members film-club',
  invite: 'p2p invite film-club --uses 5 --for 7d',
  invites: 'p2p invites film-club --revoke 3f9a',
  history: 'p2p history film-club --since 7d',
  kick: 'p2p kick film-club ben',
  ban: 'p2p ban film-club mallory',
  unban: 'p2p unban film-club mallory',
  bans: 'p2p bans film-club',
  role: 'p2p role film-club ben admin',
  'transfer-owner': 'p2p transfer-owner film-club ben',
  groups: 'p2p groups',
  files: "p2p files film-club '*.mkv'",
  search: 'p2p search holiday 2026 --type jpg',
  upload: 'p2p upload film.mkv subtitles.srt film-club',
  share: 'p2p share film.mkv',
  get: 'p2p get p2p://192.0.2.10:8000/share-3f9a2c#SECRET ~/Downloads/',
  download: "p2p download film-club film.mkv 'subtitles*' ~/Downloads/",
  sync: 'p2p sync film-club ~/film-club',
  downloads: 'p2p downloads --json',
  peers: 'p2p peers film-club film.mkv',
  why: 'p2p why film-club film.mkv',
  pause: "p2p pause film-club 'season-1*'",
  resume: 'p2p resume film-club film.mkv',
  move: 'p2p move film-club film.mkv first',
  cancel: 'p2p cancel film-club film.mkv',
  forget: 'p2p forget --finished',
  shares: 'p2p shares film-club --json',
  link: 'p2p link film-club film.mkv --expires 2d --downloads 3',
  links: 'p2p links --revoke 3f9a',
  'stop-share': "p2p stop-share film-club film.mkv 'subtitles*'",
  verify: 'p2p verify film-club --repair',
  limit: 'p2p limit --up 2MiB/s --between 08:00-18:00',
  status: 'p2p status',
  doctor: 'p2p doctor',
  serve: 'p2p serve --port 7001 --up 5MiB/s',
  up: 'p2p up --up 5MiB/s',
  down: 'p2p down',
  log: 'p2p log --follow',
  events: 'p2p events --type done --type failed',
  service: 'p2p service install serve -- --port 7001 --up 5MiB/s',
  web: 'p2p web',
  client: 'p2p client 192.0.2.20 7001 192.0.2.10 8000',
  tracker: 'p2p tracker :: 8000',
  'tracker-invite': 'p2p tracker-invite --uses 5 --for 2d',
  'tracker-admin': "p2p tracker admin users 'a*' --data /var/lib/p2p-tracker",
  'tracker-backup': 'p2p tracker backup /backup/tracker-2026-11-27 --data /var/lib/p2p-tracker',
  'tracker-restore': 'p2p tracker restore /backup/tracker-2026-11-27 --data /var/lib/p2p-tracker',
  'tracker-check': 'p2p tracker check --data /var/lib/p2p-tracker',
  quickstart: 'p2p quickstart film.mkv --peers 5',
  bench: 'p2p bench --size 1GiB',
  config: 'p2p config set common.up 5MiB/s',
  completion: 'source <(p2p completion bash)',
};

/** The first sentence about p2p. */
export const PURPOSE =
  'p2p shares files with a group of people, straight from computer to computer.';

const SHORT = `${PURPOSE}

  link    p2p share FILE                      p2p get LINK
  start   p2p quickstart                      shows it all on this machine
          p2p create-user NAME --tracker HOST:PORT, then p2p login NAME
  group   p2p create-group G, p2p invite G    p2p join LINK
  files   p2p upload FILE G, then p2p serve   p2p files G, p2p download G FILE
  look    p2p status, p2p web                 p2p downloads, p2p shares

for example
  p2p share holiday.zip                         prints a link, for p2p get LINK
  p2p download film-club film.mkv ~/Downloads/  takes it from all who have it
  p2p why film-club film.mkv                    says what it waits for

p2p --help lists all commands; p2p help COMMAND explains one, with an example;
p2p help --man is the manual`;

/** Options that every command has. */
export const commonOptions: readonly (readonly [option: string, summary: string])[] = [
  ['-h, --help', 'explain it, with an example'],
  ['-V, --version', 'print the version'],
  ...everyCommand.map(({ name, short, placeholder, summary }) => {
    const letter = short === undefined ? '    ' : `-${short}, `;
    const value = placeholder === undefined ? '' : ` ${placeholder}`;
    return [`${letter}--${name}${value}`, summary] as const;
  }),
];

/** What the environment decides. */
export const environment: readonly (readonly [name: string, summary: string])[] = [
  ['P2P_HOME', 'the folder of this client; another one is another client'],
  ['P2P_TRACKER', 'the tracker, as HOST, HOST:PORT or a URL; several as A,B'],
  ['P2P_ANNOUNCE', 'where else others reach this client, as HOST:PORT,...'],
  ['P2P_PEER_TRANSPORT', 'tls refuses peers that do not encrypt'],
  ['P2P_PASSWORD', 'the password, instead of a prompt'],
  ['P2P_PASSWORD_FILE', 'the file whose first line it is'],
  ['P2P_NEW_PASSWORD', 'the new password of passwd; also with _FILE'],
  ['P2P_INVITE', 'the invite of create-user'],
  ['P2P_SYSTEM_CONFIG', 'settings of this machine (default: /etc/p2p/config.toml)'],
  ['P2P_DATABASE', 'database of tracker: postgres://USER:PASSWORD@HOST/NAME'],
  ['P2P_PRESENCE', 'the presence server of tracker: redis://:PASSWORD@HOST'],
  ['NODE_COMPILE_CACHE', 'a folder of compiled code for many homes'],
];

/** What a run ends with. */
export const EXIT_STATUSES =
  '0 done, 1 failed, 2 usage, 3 not allowed, 4 not found, 5 network, 6 damaged data, 7 disk, 8 timeout, 130 interrupted, 143 terminated.';

function closingHelp(): string[] {
  return [
    'Options of every command:',
    ...commonOptions.map(([option, summary]) => `  ${option.padEnd(20)}${summary}`),
    '',
    'Environment:',
    ...environment.map(([name, summary]) => `  ${name.padEnd(19)}${summary}`),
    '',
    ...wrapped(`Exit status: ${EXIT_STATUSES}`, 78),
  ];
}

/** What `p2p` alone prints. */
export function shortHelp(): string {
  return SHORT;
}

/** What `p2p --help` prints; `usage` says how a command is written. */
export function longHelp(usage: (command: CommandDefinition) => string): string {
  const all = commandsOf('one-shot');
  const lines = chapters.flatMap(([title, verbs]) => [
    `${title}:`,
    ...verbs.flatMap((verb) => {
      const command = all.find((one) => one.verb === verb);
      return command === undefined ? [] : entry(usage(command), command.summary);
    }),
    '',
  ]);
  const others = all.flatMap((command) => namesOf(command).slice(1));
  const names = wrapped(others.join(', '), 78).map((line) => `  ${line}`);
  return [
    'p2p <command>',
    '',
    PURPOSE,
    '',
    ...lines,
    'The names of the interactive client are understood too:',
    ...names,
    '',
    ...closingHelp(),
  ].join('\n');
}

/** What `help` prints in the interactive client. */
export function shellHelp(): string[] {
  return [
    ...commandsOf('shell').flatMap((command) =>
      entry(usageOf({ ...command, options: [] }), command.summary, ''),
    ),
    'help COMMAND explains one, with its options',
  ];
}

/** The same of one command: its arguments and the options that it has there. */
export function shellHelpOf(command: CommandDefinition): string[] {
  const options = command.options.filter(({ isInShell }) => isInShell);
  const named = [
    ...command.args.map(({ name, summary }) => [name, summary] as const),
    ...options.map(({ name, placeholder, summary }) => {
      return [`--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`, summary] as const;
    }),
  ];
  const others = namesOf(command).filter((name) => name !== shellNameOf(command));
  return [
    usageOf(command),
    command.summary,
    ...named.flatMap(([name, summary]) => entry(name, summary, '  ')),
    ...(others.length === 0 ? [] : [`also: ${others.join(', ')}`]),
  ];
}

const USAGE_CELLS = 34;
const SUMMARY_CELLS = 44;

/** A usage that is too long for its column has a line of its own. */
function entry(usage: string, summary: string, indent = '  '): string[] {
  const [first = '', ...further] = wrapped(summary, SUMMARY_CELLS);
  const indented = further.map((line) => ' '.repeat(USAGE_CELLS) + line);
  const left = indent + usage;
  if (left.length + 2 <= USAGE_CELLS) return [left.padEnd(USAGE_CELLS) + first, ...indented];
  return [left, ' '.repeat(USAGE_CELLS) + first, ...indented];
}

/** The text in lines of at most so many characters, broken at blanks. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
