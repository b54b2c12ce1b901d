import t from 'tap';
import { spokenIn } from '../../../src/main/cli/command-table.js';
import { splitShellWords } from '../../../src/main/terminal/shell-words.js';
import type { ClientEvent, NewsEvent } from '../../../src/main/api/client-events.js';
import { eventLine } from '../../../src/main/terminal/event-lines.js';

type Sample<Type> = readonly [Omit<Extract<NewsEvent, { type: Type }>, 'type'>, line: string];

const error = { code: 'TIMEOUT', message: 'it took too long; try again' } as const;
const file = { groupId: 'g', fileName: 'film.mkv' };
const say = spokenIn('one-shot');
/** On the clock of whoever reads it. */
const atMs = new Date(2026, 10, 25, 22, 4, 59).getTime();
const taken = { userId: 'ben', groupId: 'g', atMs };

const at = '22:14:07';
const synced = {
  ...{ groupId: 'g', folder: '/f', fileName: 'a.txt' },
  atMs: new Date(2026, 10, 27, 22, 14, 7).getTime(),
} as const;

/** An event without a sample is an error of types. */
const samples: { readonly [Type in NewsEvent['type']]: readonly Sample<Type>[] } = {
  'join-request': [
    [{ groupId: 'g', userId: 'bob' }, 'bob asks to join g; p2p accept g bob lets them in'],
  ],
  'sync-begun': [
    [
      { groupId: 'g', folder: '/f', files: 214, here: 211, toFetch: 3, toShare: 0, size: 50331648 },
      'g → /f: 211 of 214 files here, 3 to fetch (48 MiB)',
    ],
    [
      { groupId: 'g', folder: '/f', files: 1, here: 1, toFetch: 0, toShare: 2, size: 0 },
      'g → /f: 1 of 1 files here, 2 to share',
    ],
  ],
  'sync-step': [
    [
      { ...synced, step: 'fetched', size: 2048, from: ['ann', 'bob'] },
      `${at}  fetched  a.txt  2 KiB  from ann, bob`,
    ],
    [
      { ...synced, step: 'newer', size: 2048, from: ['ann'], kept: 'a.txt~1' },
      `${at}  newer    a.txt  2 KiB  from ann; yours kept as a.txt~1`,
    ],
    [{ ...synced, step: 'newer', size: 2048 }, `${at}  newer    a.txt  2 KiB`],
    [{ ...synced, step: 'shared', size: 2048 }, `${at}  shared   a.txt  2 KiB`],
    [
      { ...synced, step: 'shared-newer', size: 2048 },
      `${at}  shared   a.txt  2 KiB  as its newer version`,
    ],
    [{ ...synced, step: 'gone' }, `${at}  gone     a.txt  nobody shares it any more`],
    [
      { ...synced, step: 'ended' },
      `${at}  ended    a.txt  it was removed here, and is not shared from here any more`,
    ],
    [
      {
        ...synced,
        step: 'left',
        error: { code: 'NOT_SHARED', message: 'end it with `stop-share`' },
      },
      `${at}  left     a.txt  end it with p2p stop-share`,
    ],
    [{ ...synced, step: 'failed' }, `${at}  failed   a.txt`],
  ],
  'joined-by-link': [[{ groupId: 'g', userId: 'bob' }, 'bob joined g by your link']],
  membership: [
    [{ groupId: 'g', state: 'member' }, 'you are now a member of g'],
    [{ groupId: 'g', state: 'owner' }, 'you are now the owner of g'],
    [{ groupId: 'g', state: 'admin', by: 'anna' }, 'anna made you admin of g'],
    [{ groupId: 'g', state: 'admin' }, 'you are now an admin of g'],
    [{ groupId: 'g', state: 'owner', by: 'anna' }, 'anna made you owner of g'],
    [
      { groupId: 'g', state: 'reader', by: 'anna' },
      'anna made you reader of g: you fetch what is there, and bring nothing new',
    ],
    [
      { groupId: 'g', state: 'reader' },
      'you are now a reader of g: you fetch what is there, and bring nothing new',
    ],
    [{ groupId: 'g', state: 'banned', by: 'anna' }, 'anna banned you from g'],
    [{ groupId: 'g', state: 'banned' }, 'you are banned from g'],
    [{ groupId: 'g', state: 'former-owner' }, 'you own g no longer, and are still a member of it'],
    [{ groupId: 'g', state: 'rejected' }, 'your request to join g was rejected'],
    [{ groupId: 'g', state: 'removed' }, 'you are no longer a member of g'],
  ],
  'share-replaced': [
    [
      { groupId: 'g', fileName: 'my film', sharer: 'ann' },
      "my film in g has a newer version, shared by ann; yours is not shared under that name any more; p2p download g 'my film' FOLDER takes the newer one",
    ],
    [
      { groupId: 'g', fileName: 'film' },
      'film in g has a newer version; yours is not shared under that name any more; p2p download g film FOLDER takes the newer one',
    ],
  ],
  'tracker-silent': [
    [{ tracker: 'here:1' }, 'the tracker at here:1 has not answered yet; waiting for it'],
  ],
  'tracker-lost': [[{ error }, error.message]],
  'tracker-still-lost': [[{ error }, error.message]],
  'tracker-unreachable': [[{ error }, error.message]],
  'background-failed': [[{ error }, error.message]],
  'library-gone': [
    [
      { path: '/home/ann/library.db' },
      'the library /home/ann/library.db is gone, so what this client shared and downloaded is not known any more; it begins with an empty one: restore it from a backup, or share and download again, files stay where they are',
    ],
  ],
  'part-changed': [
    [
      { ...file, path: '/tmp/film.mkv' },
      'what was downloaded of film.mkv was changed by somebody else meanwhile; it is checked, and what does not match is fetched again',
    ],
  ],
  'tracker-refused': [[{ tracker: 'tracker.example:1', error }, error.message]],
  'tracker-met': [
    [
      { tracker: 'tracker.example:1', deviceId: 'ab', how: 'key' },
      'first contact with the tracker at tracker.example:1, SHA256:ab: from now on only this key is accepted there; compare it with the one its operator tells',
    ],
  ],
  'tracker-back': [[{ tracker: '[::1]:8000' }, 'connected again to the tracker at [::1]:8000']],
  'notification-ignored': [[{ name: 'news' }, 'ignored a notification of the tracker: news']],
  'session-lost': [
    [{ error }, `the session has ended: ${error.message}; log in again with p2p login`],
    [
      { error: { code: 'HOME_IN_USE', message: 'taken over' } },
      'the session has ended: taken over; a copy of this home folder is in use: stop one of the two, or delete device.pem in the copy and log in there',
    ],
  ],
  'logout-untold': [[{ error }, `the tracker was not told: ${error.message}`]],
  reach: [
    [
      {
        reach: {
          state: 'reached',
          addresses: [{ host: '192.0.2.10', port: 7001 }],
          from: 'elsewhere',
        },
      },
      'others reach you at 192.0.2.10:7001 (tried)',
    ],
  ],
  'share-skipped': [
    [{ ...file, reason: 'it is gone' }, 'not shared again: [g] film.mkv: it is gone'],
  ],
  'share-served-again': [
    [{ groupId: 'g', fileName: 'f', path: '/x/f' }, 'served again: [g] f: /x/f'],
  ],
  'share-broken': [[{ groupId: 'g', fileId: 'f', error }, `no longer served: ${error.message}`]],
  'share-delayed': [
    [{ ...file, error }, `film.mkv is complete, but could not be shared yet: ${error.message}`],
  ],
  'download-ended': [
    [{ ...file, path: '/got/film.mkv' }, 'downloaded film.mkv to /got/film.mkv'],
    [{ ...file, path: '/got', error }, `download failed: film.mkv: ${error.message}`],
  ],
  'control-unavailable': [
    [{ reason: 'why' }, 'commands of other processes cannot reach this one: why'],
  ],
  'file-taken': [
    [
      { ...taken, fileName: 'film.mkv', size: 2048, bytes: 2048 },
      '22:04 ben took film.mkv (2 KiB)',
    ],
    [
      { ...taken, fileName: 'film.mkv', size: 2048, bytes: 1024 },
      '22:04 ben took 1 KiB of film.mkv (2 KiB)',
    ],
  ],
  'files-taken': [
    [{ userId: 'ben', files: 40, bytes: 2048, atMs }, '22:04 ben took 40 files (2 KiB)'],
  ],
  'logged-in': [
    [{ userId: 'ann', files: 1 }, 'logged in as ann; 1 file is served'],
    [{ userId: 'ann', files: 0 }, 'logged in as ann; 0 files are served'],
  ],
  'logged-out': [[{}, 'logged out; nothing is served']],
  'control-fault': [
    [{ detail: 'Error: x' }, 'internal error in a command of another process: Error: x'],
  ],
};

t.test('every event has its line', (t) => {
  for (const [type, cases] of Object.entries(samples)) {
    for (const [facts, line] of cases)
      t.equal(eventLine({ type, ...facts } as ClientEvent, say), line);
  }
  t.end();
});

t.test('names of others steer no terminal', (t) => {
  const evil = 'e\u001b[2Jvil\n';
  const events: ClientEvent[] = [
    { type: 'join-request', groupId: evil, userId: evil },
    { type: 'membership', groupId: evil, state: 'member' },
    { type: 'tracker-back', tracker: evil },
    { type: 'notification-ignored', name: evil },
  ];
  for (const event of events) t.notMatch(eventLine(event, say), /[\u001b\n]/, event.type);
  t.end();
});

t.test('the command that a line suggests is one of exactly these words', (t) => {
  const ids = ['ann', '$(touch pwned)', 'a;b', "it's", 'a|b&c', '`id`', 'a"b', 'a\\b', '*'];
  for (const userId of ids) {
    for (const groupId of ids) {
      const line = eventLine({ type: 'join-request', groupId, userId }, say);
      const command = /; p2p (accept .*) lets them in$/.exec(line)?.[1] ?? '';
      t.same(splitShellWords(command), ['accept', groupId, userId]);
    }
  }
  t.end();
});

t.test('a first meeting says which key was shown, and what counts from then on', (t) => {
  const met = {
    type: 'tracker-met',
    tracker: 'tracker.example:1',
    deviceId: 'ab'.repeat(32),
  } as const;
  for (const [how, means] of [
    ['key', /only this key is accepted/],
    ['authority', /vouches for its name/],
  ] as const) {
    const line = eventLine({ ...met, how }, say);
    t.match(line, means);
    t.match(line, `tracker.example:1, SHA256:${met.deviceId}:`);
  }
  t.end();
});

t.test('commands are named as they are typed where the line is read, names of others stay', (t) => {
  const changed = { code: 'FILE_CHANGED', message: 'share it with `upload --replace`' } as const;
  const cases: [ClientEvent, oneShot: RegExp, inShell: RegExp][] = [
    [
      { type: 'share-broken', groupId: 'g', fileId: 'f', error: changed },
      /share it with p2p upload --replace$/,
      /share it with upload_file --replace$/,
    ],
    [
      { type: 'share-skipped', ...file, reason: changed.message },
      /: share it with p2p upload --replace$/,
      /: share it with upload_file --replace$/,
    ],
    [
      { type: 'share-replaced', ...file },
      /; p2p download g film.mkv FOLDER takes/,
      /; download_file g film.mkv FOLDER takes/,
    ],
    [
      { type: 'join-request', groupId: '`login`', userId: 'ben' },
      /; p2p accept '`login`' ben lets/,
      /; accept_request '`login`' ben lets/,
    ],
  ];
  for (const [event, oneShot, inShell] of cases) {
    t.match(eventLine(event, spokenIn('one-shot')), oneShot);
    t.match(eventLine(event, spokenIn('shell')), inShell);
  }
  t.end();
});
