/** Lines of the interactive client: which command, which arguments, fit for history or not. */
import t from 'tap';
import { isFitForHistory, readShellLine } from '../../../src/main/shell/shell-line.js';
import { UsageError } from '../../../src/net/errors.js';

t.test('a line gives the arguments their names', (t) => {
  const line = readShellLine('download_file g1 "my film.mkv" ./x --overwrite --timeout 5s');
  t.equal(line?.command.verb, 'download');
  t.same(line?.given, {
    args: { group: 'g1', file: 'my film.mkv', destination: './x' },
    options: { overwrite: true, timeout: '5s' },
  });
  t.end();
});

t.test('arguments that may be left out have no value then', (t) => {
  const argsOf = (line: string) => readShellLine(line)?.given.args;
  t.same(argsOf('forget_downloads --finished'), {});
  t.same(argsOf('forget_downloads g1'), { group: 'g1' });
  t.same(argsOf('forget_downloads g1 film'), { group: 'g1', file: 'film' });
  t.same(argsOf('cancel_download ab12 --keep-part'), { group: 'ab12' });
  t.end();
});

t.test('a search takes as many words as are given, and its options anywhere', (t) => {
  t.same(readShellLine('search holiday --group g "a b" --group h 2026')?.given, {
    args: { word: 'holiday' },
    further: ['a b', '2026'],
    options: {},
    lists: { group: ['g', 'h'] },
  });
  t.throws(() => readShellLine('search --group g'), UsageError);
  t.throws(() => readShellLine('upload_file a b c'), UsageError, 'other commands do not');
  t.end();
});

t.test('both spellings of list_requests mean the same', (t) => {
  for (const line of ['requests list_requests g', 'list_requests g', 'requests g']) {
    t.same(readShellLine(line)?.given.args, { group: 'g' }, line);
  }
  t.end();
});

t.test('passwords may look like options', (t) => {
  t.same(readShellLine('login bob --overwrite')?.given.args, {
    user: 'bob',
    password: '--overwrite',
  });
  t.end();
});

t.test('an empty line is nothing', (t) => {
  t.equal(readShellLine('  '), undefined);
  t.end();
});

t.test('passwords may be left out only where they can be asked for', (t) => {
  const argsOf = (line: string) => readShellLine(line, true)?.given.args;
  t.same(argsOf('login bob'), { user: 'bob' });
  t.same(argsOf('passwd'), {});
  t.same(argsOf('passwd old'), { old_password: 'old' });
  t.throws(() => argsOf('login'), { message: /<user> is missing/ });
  t.throws(() => argsOf('login bob secret more'), { message: /too many arguments/ });
  t.throws(() => argsOf('login bob --secret more'), { message: /^too many arguments/ });
  t.end();
});

const refused: [line: string, message: RegExp][] = [
  ['nonsense', /unknown command/],
  ['serve', /run p2p serve/],
  ['login bob', /<password> is missing; usage: login <user> <password>/],
  ['list_groups x', /too many arguments/],
  [
    'download_file --overwrit g film /to',
    /unknown option --overwrit, did you mean --overwrite\?; usage: download_file <group>/,
  ],
  ['list_groups --zzzzzz', /unknown option --zzzzzz; usage/],
  ['leave_group a b', /too many arguments; usage: leave_group <group>/],
  ['cancel_download', /<group> is missing; usage: cancel_download <group> \[file\]/],
  ['upload_file a b --as', /--as needs a value/],
  ['login "bob', /not closed/],
];
for (const [line, message] of refused) {
  t.test(`"${line}" is refused with advice`, (t) => {
    t.throws(() => readShellLine(line), { message });
    t.throws(() => readShellLine(line), UsageError);
    t.end();
  });
}

t.test('a line that may hold a password is never kept', (t) => {
  for (const line of ['list_groups', 'download_file g f "a b"', 'quit']) {
    t.equal(isFitForHistory(line), true, line);
  }
  const unfit = [
    'login bob pw',
    ' "login" bob pw',
    'create_user b p',
    'lgin b p',
    'login "b p',
    '',
  ];
  for (const line of unfit) t.equal(isFitForHistory(line), false, line);
  t.end();
});

t.test('an invite is given with the new account, on a line that is not kept', (t) => {
  const line = 'create_user ann secret --invite 9aXk';
  t.match(readShellLine(line)?.given, {
    args: { user: 'ann', password: 'secret' },
    options: { invite: '9aXk' },
  });
  t.notOk(isFitForHistory(line));
  t.end();
});
