/** The arguments of `p2p` as a command and the words given to it; and as a program. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { commandsOf } from '../../../src/main/cli/command-table.js';
import { CommandLineError, readCommandLine, type CommandLine } from '../../../src/main/cli/cli.js';
import { completionsFor, isOnlyName, wantedName } from '../../../src/main/cli/completion.js';

const PROGRAM = fileURLToPath(new URL('../../../../bin/p2p.js', import.meta.url));

async function read(...argv: string[]): Promise<CommandLine & { kind: 'command' }> {
  const line = await readCommandLine(argv);
  if (line.kind !== 'command') throw new Error(`text came out of ${argv.join(' ')}`);
  return line;
}

async function textOf(...argv: string[]): Promise<string> {
  const line = await readCommandLine(argv);
  return line.kind === 'text' ? line.text : '';
}

t.test('what is printed without a command fits a terminal of 80 columns', async (t) => {
  for (const text of [await textOf(), await textOf('--help')]) {
    const lines = text.split('\n');
    t.ok(lines.length > 10);
    t.same(
      lines.filter((line) => line.length > 79),
      [],
    );
  }
});

t.test('a download goes to the present folder when no other is named', async (t) => {
  const table: readonly [string[], unknown][] = [
    [['g', 'f'], { args: { group: 'g', file: 'f', destination: '.' } }],
    [['g', '--all'], { args: { group: 'g', destination: '.' } }],
    [['g', 'f', 'to'], { args: { group: 'g', file: 'f', destination: 'to' } }],
    [['g', 'f', 'e', 'to'], { args: { group: 'g', file: 'f', destination: 'to' }, further: ['e'] }],
    [['g', '--', '-f'], { args: { group: 'g', file: '-f', destination: '.' } }],
  ];
  for (const [words, given] of table) {
    t.match(await readCommandLine(['download', ...words]), { given }, words.join(' '));
  }
});

t.test('ids stay what was typed', async (t) => {
  const { command, given } = await read('accept', '0123', '1e5');
  t.equal(command.verb, 'accept');
  t.same(given.args, { group: '0123', user: '1e5' });
});

t.test('the names of the interactive client are names here too', async (t) => {
  const upload = await read('upload_file', 'a b', 'g', '--as', '7', '--sha256');
  t.equal(upload.command.verb, 'upload');
  t.same(upload.given, { args: { file: 'a b', group: 'g' }, options: { as: '7', sha256: true } });
  t.same((await read('requests', 'list_requests', 'g')).given.args, { group: 'g' });
  t.same((await read('show_downloads')).given.args, {});
});

t.test('what is used most has a letter', async (t) => {
  const { given, isJson, loudness } = await read('download', '-qj', 'g', 'film', '.');
  t.same(given.options, {});
  t.same([isJson, loudness], [true, 'quiet']);
});

t.test('every command can be quiet, or say more, and explains itself by a letter', async (t) => {
  for (const { verb, args } of commandsOf('one-shot')) {
    const words = args.filter(({ kind }) => kind !== 'secret').map(() => '1');
    t.equal((await read(verb, ...words, '-q')).loudness, 'quiet', verb);
    t.equal((await read(verb, ...words, '-v')).loudness, 'verbose', verb);
    t.equal((await read(verb, ...words)).loudness, 'usual', verb);
    await t.rejects(readCommandLine([verb, ...words, '-q', '-v']), {
      message: '--quiet and --verbose contradict each other; give one of them',
    });
    t.match(await readCommandLine([verb, '-h']), { kind: 'text', text: /-q, --quiet/ });
    t.match(await readCommandLine([verb, '-V']), { kind: 'text', text: /^\d+\./ });
  }
});

t.test('a destination may be the value of an option', async (t) => {
  const spellings = [['-o', 'to'], ['-qo', 'to'], ['--output', 'to'], ['--output=to']];
  for (const words of spellings) {
    const { given } = await read('download', 'g', 'film', ...words);
    t.same(given.args, { group: 'g', file: 'film', destination: 'to' }, words.join(' '));
    t.notOk(given.further);
  }
  const { given } = await read('download', '-o', '-', 'g', 'a', 'b');
  t.same(given.args, { group: 'g', file: 'a', destination: '-' });
  t.same(given.further, ['b']);
  t.same((await read('get', 'link', '-o', '-')).given.args, { link: 'link', destination: '-' });
  t.same((await read('download', 'g', '--all', '-o', 'to')).given.args.destination, 'to');
  t.same((await read('download', 'g', 'film', '--overwrite')).given.args.destination, '.');
  await t.rejects(read('download', 'g', 'film', '-o'), { message: /^-o needs a value/ });
});

t.test('words after -- are arguments whatever they look like', async (t) => {
  const { given } = await read('stop-share', '--json', '--', '-g', '--file');
  t.same(given.args, { group: '-g', file: '--file' });
});

t.test('an option that is given twice counts as the last one', async (t) => {
  const { given, isJson, isDebug } = await read(
    'upload',
    'a',
    'g',
    '--as',
    'x',
    '--as=y',
    '--json',
  );
  t.same(given.options, { as: 'y' });
  t.same([isJson, isDebug], [true, false]);
});

t.test('upload takes several files; the last word is the group', async (t) => {
  const { given } = await read('upload', 'a', '--sha256', 'b', '07', 'g', '--quiet');
  t.same(given, {
    args: { file: 'a', group: 'g' },
    further: ['b', '07'],
    options: { sha256: true },
  });
  t.same((await read('upload', 'a', '--', '-b', '--', 'g')).given, {
    args: { file: 'a', group: 'g' },
    further: ['-b', '--'],
    options: {},
  });
});

t.test('files and download take several names', async (t) => {
  t.same((await read('files', 'g')).given, { args: { group: 'g' }, options: {} });
  t.same((await read('files', 'g', 'a', '07', '*')).given, {
    args: { group: 'g', file: 'a' },
    further: ['07', '*'],
    options: {},
  });
  t.same((await read('download', 'g', 'a', 'b', '--quiet', 'c', 'dest')).given, {
    args: { group: 'g', file: 'a', destination: 'dest' },
    further: ['b', 'c'],
    options: {},
  });
});

t.test('download --all takes no file', async (t) => {
  const { given, command } = await read('download', 'g', '--all', 'dest');
  t.same(given, { args: { group: 'g', destination: 'dest' }, options: { all: true } });
  t.equal(command.args.length, 3);
  t.same((await read('download', 'g', 'f', 'd')).given.args, {
    group: 'g',
    file: 'f',
    destination: 'd',
  });
  t.match(await textOf('download', '--help'), /p2p download <group> <file..> \[destination\]/);
});

t.test('an optional argument may be left out', async (t) => {
  t.same((await read('quickstart', '--peers', '2')).given, { args: {}, options: { peers: '2' } });
  t.same((await read('quickstart', 'film')).given.args, { file: 'film' });
});

const refused: [argv: string[], message: RegExp, usage: RegExp | undefined][] = [
  [['--bogus'], /no command given/, undefined],
  [['donwload', 'g'], /unknown command "donwload"; did you mean "download"\?/, undefined],
  [['quit'], /unknown command "quit"/, undefined],
  [['download', 'g'], /<file> is missing/, /usage: p2p download <group> <file..>/],
  [['download', 'g', '--all', 'f', 'd'], /one argument too many: d/, /usage/],
  [['upload', 'a'], /<group> is missing/, /usage: p2p upload <file\.\.> <group>/],
  [['upload', 'a', 'b', 'g', '--bogus'], /unknown option --bogus$/, /usage/],
  [['groups', 'x'], /one argument too many: x/, /usage: p2p groups/],
  [['groups', '--bogus'], /unknown option --bogus$/, /usage/],
  [['groups', '--jsn'], /unknown option --jsn; did you mean --json\?/, /usage/],
  [['groups', '--JSON'], /unknown option --JSON; did you mean --json\?/, /usage/],
  [['serve', '--hsot=x'], /unknown option --hsot; did you mean --host\?/, /usage/],
  [['groups', '-x'], /unknown option -x/, /usage/],
  [['UPLOAD'], /unknown command "UPLOAD"; did you mean "upload"\?/, undefined],
  [['create-usr'], /did you mean "create-user"\?/, undefined],
  [['download', 'g', 'f', 'd', '--up'], /--up needs a value/, /usage/],
  [['evil\u001b[2J'], /unknown command "evil"/, undefined],
];
for (const [argv, message, usage] of refused) {
  t.test(`p2p ${argv.join(' ').replace(/\P{ASCII}|\p{Cc}/gu, '?')} is refused`, async (t) => {
    const error: unknown = await readCommandLine(argv).catch((error: unknown) => error);
    if (!(error instanceof CommandLineError)) return t.fail('it was not refused');
    t.match(error.message, message);
    t.equal(error.message.split('\n').length, 1);
    if (usage === undefined) t.equal(error.usage, undefined);
    else t.match(error.usage, usage);
  });
}

t.test('a password in the argument list is refused and not repeated', async (t) => {
  const error = await readCommandLine(['login', 'bob', 's3cret']).catch((error: Error) => error);
  t.match(error, { message: /never taken from the argument list/ });
  t.notMatch((error as Error).message, /s3cret/);
});

t.test('an invite in the argument list is refused, and no help offers it', async (t) => {
  const given = ['create-user', 'ann', '--invite', 'a code'];
  await t.rejects(readCommandLine(given), CommandLineError);
  t.notOk(completionsFor(['create-user', '--inv']).includes('--invite'));
  t.ok(completionsFor(['create-user', '--inv']).includes('--invite-stdin'));
});

t.test('help lists every verb and every seed name', async (t) => {
  const help = await textOf('--help');
  for (const name of ['create_user', 'quickstart', 'tracker', 'serve', 'status', 'Exit status']) {
    t.match(help, name);
  }
  t.match(await textOf('help', 'upload'), /p2p upload <file..> <group>/);
  t.match(await textOf('download_file', '--help'), /--overwrite/);
});

t.test('help and version are found by every name that people try', async (t) => {
  const version = await textOf('--version');
  for (const words of [['-V'], ['-v'], ['version'], ['status', '-V']]) {
    t.equal(await textOf(...words), version, words.join(' '));
  }
  const long = await textOf('--help');
  for (const words of [['-h'], ['help'], ['help', '--help']]) {
    t.equal(await textOf(...words), long, words.join(' '));
  }
  t.match(await textOf(), /p2p --help lists all commands/);
  for (const command of commandsOf('one-shot')) {
    const text = await textOf('help', command.verb);
    t.equal(await textOf(command.verb, '-h'), text);
    t.match(text, `Example:\n  `);
    t.match(long, `\n  ${command.verb}`);
  }
  t.notOk(long.split('\n').some((line) => line.length > 80));
});

t.test('a single dash is a word', async (t) => {
  t.equal((await read('download', 'g', 'f', '-')).given.args['destination'], '-');
  t.same((await read('upload', '-', 'b', 'g')).given, {
    args: { file: '-', group: 'g' },
    further: ['b'],
    options: {},
  });
});

t.test('completion knows the values that an option takes', async (t) => {
  const table: readonly [words: readonly string[], found: string][] = [
    [['serve', '--hasher', 'n'], 'native'],
    [['tracker', '::', '1', '--log-format', ''], 'text\njson'],
    [['tracker', '--registration', 'c'], 'closed'],
    [['completion', ''], 'bash\nzsh\nfish'],
    [['help', 'upl'], 'upload\nupload_file'],
    [['groups', '--j'], '--json'],
  ];
  for (const [words, found] of table) {
    t.equal(await textOf('--get-completions', ...words), found, words.join(' '));
  }
});

t.test('completion asks through the same door', async (t) => {
  t.equal(await textOf('--get-completions', 'upl'), 'upload\nupload_file');
});

t.test('the program prints its version, and errors with status 2', (t) => {
  const version = spawnSync(process.execPath, [PROGRAM, '--version'], { encoding: 'utf8' });
  t.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  t.equal(version.status, 0);
  const missing = spawnSync(process.execPath, [PROGRAM, 'join'], { encoding: 'utf8' });
  t.equal(missing.stdout, '');
  t.match(missing.stderr, /^error: <group> is missing\nusage: p2p join <group>.*\n$/);
  t.equal(missing.status, 2);
  t.end();
});

t.test('completion knows which name a word is to be', (t) => {
  const rows: readonly (readonly [words: string[], wanted: unknown])[] = [
    [['download', 'fi'], { kind: 'group', groupId: '', begin: 'fi' }],
    [['download', 'g', ''], { kind: 'file', groupId: 'g', begin: '' }],
    [['download', 'g', 'a', 'b'], { kind: 'file', groupId: 'g', begin: 'b' }],
    [['download', '--up', '1MiB', 'g', 'a'], { kind: 'file', groupId: 'g', begin: 'a' }],
    [['files', 'g', 'x'], { kind: 'file', groupId: 'g', begin: 'x' }],
    [['accept', 'g', 'b'], { kind: 'asking-user', groupId: 'g', begin: 'b' }],
    [['kick', 'g', 'b'], { kind: 'member', groupId: 'g', begin: 'b' }],
    [['upload', 'x'], undefined],
    [['download', '--all', 'g', 'x'], undefined],
    [['download', '--'], undefined],
    [['groups', ''], undefined],
    [['serve', ''], undefined],
    [['nothing', ''], undefined],
  ];
  for (const [words, wanted] of rows) t.same(wantedName(words), wanted, words.join(' '));
  t.end();
});

t.test('completion knows where no file of this machine can stand', (t) => {
  const rows: readonly (readonly [words: string[], isOnly: boolean])[] = [
    [['xy'], true],
    [['download', ''], true],
    [['download', 'g', ''], true],
    [['download', 'g', 'a', ''], false],
    [['download', '--all', 'g', ''], false],
    [['why', 'g', 'a', ''], true],
    [['accept', 'g', 'b'], true],
    [['history', 'g', '--user', ''], true],
    [['download', 'g', 'a', '--output', ''], false],
    [['upload', ''], false],
    [['sync', 'g', ''], false],
    [['tracker-restore', ''], false],
    [['nothing', ''], false],
  ];
  for (const [words, isOnly] of rows) t.equal(isOnlyName(words), isOnly, words.join(' '));
  t.end();
});
