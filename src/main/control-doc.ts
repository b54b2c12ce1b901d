/**
 * The text of docs/control.md: `npm run docs:control` writes it, a test holds it. What the source says of methods and
 * types is handed in, see scripts/api-types.mjs. Pure.
 */
import { bug } from '../net/errors.js';
import {
  KiB,
  MAX_CONTROL_CALLS,
  MAX_CONTROL_CLIENTS,
  MAX_EVENTS_WAITING_BYTES,
  MAX_CONTROL_SOCKET_LINE_BYTES,
  MAX_SOCKET_PATH_BYTES,
  MiB,
} from '../net/limits.js';
import { keysOf, table } from './answers/key-table.js';
import { apiMethods, type ApiMethodName } from './api/api-methods.js';
import { API_VERSION, PROTOCOL_VERSION } from './api/engine-api.js';
import { CONTROL_EXAMPLE } from './control-example.js';

/** What the source says. */
export interface ApiTypes {
  readonly methods: ReadonlyMap<string, { readonly comment: string; readonly answer?: string }>;
  readonly types: ReadonlyMap<string, string>;
}

type Chapter = readonly [title: string, methods: readonly ApiMethodName[]];

const CHAPTERS: readonly Chapter[] = [
  ['The client', ['status', 'lookAtMachine', 'checkNetwork', 'limits', 'changeLimit']],
  [
    'Downloads',
    [
      ...(['startDownload', 'waitForDownload', 'downloads', 'cancelDownload'] as const),
      ...(['pauseDownloads', 'resumeDownloads', 'moveDownloads', 'cancelDownloads'] as const),
      ...(['discardDownload', 'downloadPieces'] as const),
      ...(['forgetDownloads', 'fileAt'] as const),
    ],
  ],
  [
    'Files and shares',
    [
      ...(['listFiles', 'listFolder', 'search', 'upload', 'hashAhead'] as const),
      ...(['shares', 'stopShare', 'stopShares', 'verify', 'sync', 'followFiles'] as const),
      ...(['createGuestLink', 'guestLinks', 'revokeGuestLink'] as const),
    ],
  ],
  [
    'Groups',
    [
      ...(['listGroups', 'describeGroups', 'createGroup', 'joinGroup', 'leaveGroup'] as const),
      ...(['listMembers', 'listRequests', 'acceptRequest', 'rejectRequest', 'kick'] as const),
      ...(['setRole', 'transferOwner', 'ban', 'unban', 'bans', 'createInvite'] as const),
      ...(['invites', 'revokeInvite', 'joinByInvite', 'enter'] as const),
      ...(['history', 'verifyHistory'] as const),
    ],
  ],
  [
    'Accounts',
    [
      ...(['whoami', 'createUser', 'login', 'loginByKey', 'logout'] as const),
      ...(['changePassword', 'devices', 'logoutDevice'] as const),
    ],
  ],
];

/** What these tell meanwhile. */
const PROGRESS: Readonly<Partial<Record<ApiMethodName, string>>> = {
  waitForDownload: 'DownloadProgress',
  upload: 'UploadProgress',
  verify: 'VerifyProgress',
  sync: 'SyncProgress',
  followFiles: 'FollowedFilesProgress',
};

const HEAD = `# The control socket

<!-- Made by \`npm run docs:control\` of src/main; do not edit. -->

A client that runs (\`p2p serve\`, \`p2p up\`, \`p2p client\`, or any command while it works) can be asked and told things
by other programs of the same user, over a local socket. The command line does it that way, and so can a script: all
that a command can do is a method here. From JavaScript there is a library for it, see [library.md](library.md).

A whole client in Python. It shows what is being downloaded, downloads a file, and waits for the end:

\`\`\`python
${CONTROL_EXAMPLE}\`\`\`

## The socket

It is a Unix socket, \`control.sock\` in the home folder of the client: \`$P2P_HOME\`, else \`$XDG_DATA_HOME/p2p\`, else
\`~/.local/share/p2p\`, on Linux and on macOS, with symbolic links resolved. Where that path has more than
${MAX_SOCKET_PATH_BYTES} bytes, which no system takes, the socket is called by the first 16 hex digits of the SHA-256 of the
home's path, with \`.sock\` behind them, in the first of these folders where that fits: \`$XDG_RUNTIME_DIR/p2p\`,
\`$TMPDIR/p2p-UID\`, \`/tmp/p2p-UID\`. On Windows nobody has tried it.

The socket has the rights 0600 and lies in a folder that only its owner may enter. Whoever can open it is the user:
nothing else is asked for, and everything is allowed. Do not pass it on to others, and not to a network.

The socket is there while a client runs. A command that works without one (\`p2p download\`) has its own for as long as
it lasts; \`isEngineStaying\` below tells that from a client that stays. Nobody there: the connection is refused, or there
is no such file.

## Lines

Each message is one line of JSON in UTF-8, ended by a newline: JSON-RPC 2.0 without batches. A program asks with an
\`id\` of its own (a number or a string), and is answered with the same one. Answers come in the order in which they are
ready. Several calls may be under way on one connection, each with an id of its own.

\`\`\`json
{"jsonrpc":"2.0","id":1,"method":"listFiles","params":{"groupId":"film-club"}}
{"jsonrpc":"2.0","id":1,"result":[]}
{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"no group \\"film-clb\\"; did you mean film-club?","data":{"code":"NO_SUCH_GROUP"}}}
\`\`\`

In an error \`message\` is a sentence for people, and \`data.code\` is one of the stable codes of [errors.md](errors.md); where
\`data.retryAfterMs\` stands beside it nothing was done, and so many milliseconds later it is worth asking again. What
is no message of this form has an error without \`data\`: -32700 for what is no JSON, -32600 for what is no request.
A method that the client does not know is \`BAD_REQUEST\`, and so is a param that is missing or cannot be used. A param that it does not
know is left unread: mind the spelling of one that may be left out.

Bounds: ${MAX_CONTROL_CLIENTS} connections at a time (further ones are closed at once), ${MAX_CONTROL_CALLS} calls under way on each (one more
is refused as \`BUSY\`), ${MAX_CONTROL_SOCKET_LINE_BYTES / MiB} MiB in a line to the client (a longer one ends the connection).

## Hello

The first call says which protocol the program was made for. Everything else is refused before it.

\`\`\`json
{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":${PROTOCOL_VERSION},"title":"nightly fetch"}}
{"jsonrpc":"2.0","id":1,"result":{"version":${API_VERSION},"protocol":${PROTOCOL_VERSION},"programVersion":"0.1.0","isEngineStaying":true,"pid":4711}}
\`\`\`

\`title\` may be left out; people read it where the client says who uses it. With \`"isListener":true\` nobody waits
for it: a command that is done ends although it listens. In the answer \`isEngineStaying\` says whether
the client goes on when nobody uses it, \`pid\` is its process. \`version\` is by what command lines of one release know each
other; it means nothing to others. A client of another protocol answers \`UNSUPPORTED_VERSION\`; one from before there was
a protocol answers \`BAD_REQUEST\`.

### What is promised

All of protocol ${PROTOCOL_VERSION} that is on this page stays: each method, its params and what they mean, each key of an answer, each
event. A test of every release holds that. What may come: methods, params that may be left out, keys, events, and
words for a state. So ignore keys and events that you do not know, and take a word that you do not know for "something
else". Sentences for people (\`message\`, \`reason\`) change whenever they can be better.

Two requests are answered without \`hello\`, in all versions alike. \`holder\` answers \`pid\`, \`isEngineStaying\` and
\`isInBackground\`; \`end\` has a client that runs in the background end, as \`p2p down\` does.

## What comes unasked

Lines without an \`id\` are notifications. Those that belong to a call name its id as \`call\`.

| method | params | |
| --- | --- | --- |
| \`progress\` | \`call\`, \`progress\` | How far a call is: \`upload\`, \`verify\` and \`waitForDownload\` tell it. Left out while the program does not read. |
| \`part\` | \`call\`, \`text\` | A result that is longer than ${(512 * KiB) / KiB} Ki characters comes in parts, in order, before its answer, which is \`null\` then: the texts, put together, are its JSON. |
| \`event\` | \`event\`, \`atMs\` | Something has happened, see below. |
| \`halted\` | \`isHalted\` | Ctrl-Z has halted the client's process, or it goes on. |
| \`moving\` | | Another process of this home goes on with what is waited for; connect again once this connection has ended, and ask there. Only a client that does not stay does this. |
| \`ending\` | \`error\` | The client ends: every call is answered with an error, then the connection ends. |

A program may send two:

| method | params | |
| --- | --- | --- |
| \`cancel\` | \`call\` | Takes a call back. It is answered all the same, as a rule with the code \`INTERRUPTED\`. |
| \`eventsEnd\` | | No more events. |

\`\`\`json
{"jsonrpc":"2.0","method":"part","params":{"call":7,"text":"[{\\"name\\":"}}
{"jsonrpc":"2.0","method":"halted","params":{"isHalted":true}}
{"jsonrpc":"2.0","method":"ending","params":{"error":{"code":"TERMINATED","message":"the client that did the work was stopped"}}}
{"jsonrpc":"2.0","method":"cancel","params":{"call":7}}
{"jsonrpc":"2.0","method":"eventsEnd","params":{}}
\`\`\`

Hanging up takes everything back that the connection has asked for and that is not done. A download that was started
there, and that nobody has waited for yet, is cancelled with it, and keeps what it has. With \`isDetached\` it goes on in a client that stays (\`isEngineStaying\`); the engine of
a command ends with that command, and the download is then one that was left unfinished.

## Events

The request \`events\` is answered with \`{}\`; from then on everything that happens comes as a notification, until
\`eventsEnd\`. With \`"scope":"all"\` each step comes as well (those of \`DetailEvent\`: progress, peers, who takes
what); asked again, the last scope counts. A program that does not read holds nobody: while ${MAX_EVENTS_WAITING_BYTES / MiB} MiB wait for it events are left
out, and an event \`lost\` says how many. \`type\` says what has happened, \`atMs\` when:

\`\`\`json
{"jsonrpc":"2.0","id":2,"method":"events","params":{"scope":"all"}}
{"jsonrpc":"2.0","method":"event","params":{"event":{"type":"join-request","groupId":"film-club","userId":"ben"},"atMs":1795950000000}}
\`\`\`

EVENT_TYPE

## Methods

Params are an object; what may be absent may be left out. Answers and types are in the notation of TypeScript, as they
stand in the source: \`key?\` may be absent, and so may a key that can be \`undefined\`. Sizes are bytes, \`…Ms\` are
milliseconds, \`…AtMs\` milliseconds since 1970. A user is a \`userId\`, a group a \`groupId\`.`;

/** The whole page. */
export function controlDoc(api: ApiTypes): string {
  const told = new Set<string>(CHAPTERS.flatMap(([, methods]) => methods));
  const untold = Object.keys(apiMethods).filter((name) => !told.has(name));
  if (untold.length > 0) bug(`no chapter of docs/control.md has ${untold.join(', ')}`);
  const chapters = CHAPTERS.flatMap(([title, methods]) => [
    `### ${title}`,
    ...methods.flatMap((name) => methodPart(name, api)),
  ]);
  const { ClientEvent: event = '', ...types } = Object.fromEntries(api.types);
  const head = HEAD.replace('EVENT_TYPE', () => fenced(event));
  const rest = Object.values(types).map(fenced);
  return `${[head, ...chapters, '## Types', ...rest].join('\n\n')}\n`;
}

/** Each param of each method on a line, for what holds a protocol to what it was. */
export function paramLines(): string[] {
  return Object.entries(apiMethods).flatMap(([name, { params }]) =>
    rowsOf(params).map((row) => {
      const [, key = '', kind = ''] = row.split('|').map((cell) => cell.trim());
      return `${name}(${key.replaceAll('`', '')}): ${kind}`;
    }),
  );
}

function rowsOf(params: (typeof apiMethods)[ApiMethodName]['params']): string[] {
  return table(keysOf(params)).split('\n').slice(2);
}

function methodPart(name: ApiMethodName, { methods }: ApiTypes): string[] {
  const { comment, answer } = methods.get(name)!;
  const keys = keysOf(apiMethods[name].params);
  const progress = PROGRESS[name];
  const meanwhile = progress === undefined ? '' : `, and meanwhile \`${progress}\``;
  return [
    `#### \`${name}\``,
    comment,
    ...(Object.keys(keys).length === 0 ? ['Takes nothing.'] : [table(keys)]),
    ...answerPart(answer!, meanwhile),
  ].filter((part) => part !== '');
}

function answerPart(answer: string, meanwhile: string): string[] {
  if (!answer.includes('\n')) return [`Answers \`${answer}\`${meanwhile}.`];
  return [`Answers${meanwhile}:`, fenced(answer)];
}

function fenced(text: string): string {
  return ['```ts', text, '```'].join('\n');
}
