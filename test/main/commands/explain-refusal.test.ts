/** What a refusal says to whom: the thing, the nearest one, the command in the form in use. */
import t from 'tap';
import { explainRefusal } from '../../../src/main/commands/explain-refusal.js';
import { fromWireError, type ErrorCode } from '../../../src/net/errors.js';
import { FakeEngine } from '../fake-engine.js';
import { testFolder } from '../../fixtures/test-folder.js';

const ORIGINAL = 'what the tracker said';

class Engine extends FakeEngine {
  override listGroups(): Promise<readonly string[]> {
    return Promise.resolve(['film-club', 'books']);
  }
  override downloads(): ReturnType<FakeEngine['downloads']> {
    const here = { groupId: 'g1', fileName: 'film' };
    return Promise.resolve([here] as unknown as Awaited<ReturnType<FakeEngine['downloads']>>);
  }
  override shares(): ReturnType<FakeEngine['shares']> {
    const here = { groupId: 'g1', fileName: 'notes.txt' };
    return Promise.resolve([here] as unknown as Awaited<ReturnType<FakeEngine['shares']>>);
  }
  override async listFiles(): ReturnType<FakeEngine['listFiles']> {
    const [row] = await super.listFiles();
    return ['film.mkv', 'Café.txt', 'a b.txt'].map((name) => ({ ...row!, name }));
  }
}

const table: readonly [
  code: ErrorCode,
  args: Record<string, string>,
  oneShot: string,
  inShell: string,
][] = [
  [
    'NO_SUCH_GROUP',
    { group: 'filmclub' },
    'no group "filmclub"; did you mean film-club? p2p groups lists them',
    'no group "filmclub"; did you mean film-club? list_groups lists them',
  ],
  [
    'NO_SUCH_GROUP',
    { group: 'something else' },
    'no group "something else"; p2p groups lists them',
    'no group "something else"; list_groups lists them',
  ],
  ['NO_SUCH_GROUP', { group: 'books' }, ORIGINAL, ORIGINAL],
  [
    'NOT_A_MEMBER',
    { group: 'film-club' },
    'you are not a member of film-club; ask to join with p2p join film-club',
    'you are not a member of film-club; ask to join with join_group film-club',
  ],
  [
    'NO_SUCH_USER',
    { group: 'g', user: 'Bob' },
    'no member "Bob" in g; did you mean bob? p2p members g lists them',
    'no member "Bob" in g; did you mean bob? list_members g lists them',
  ],
  ['NO_SUCH_USER', { group: 'g', user: 'bob' }, ORIGINAL, ORIGINAL],
  [
    'NO_SUCH_DOWNLOAD',
    { group: 'g1', file: 'flim' },
    'no download of "flim" in g1; did you mean film? p2p downloads lists them',
    'no download of "flim" in g1; did you mean film? show_downloads lists them',
  ],
  [
    'NO_SUCH_DOWNLOAD',
    { group: 'gi' },
    'no download of group "gi"; did you mean g1? p2p downloads lists them',
    'no download of group "gi"; did you mean g1? show_downloads lists them',
  ],
  ['NO_SUCH_DOWNLOAD', { group: 'g1', file: 'film' }, ORIGINAL, ORIGINAL],
  ['NO_SUCH_DOWNLOAD', { group: 'g1', file: 'quite another' }, ORIGINAL, ORIGINAL],
  [
    'NOT_SHARED',
    { group: 'g1', file: 'notes.tx' },
    'nothing is shared from here as "notes.tx" in g1; did you mean notes.txt? p2p shares lists it',
    'nothing is shared from here as "notes.tx" in g1; did you mean notes.txt? list_shares lists it',
  ],
  [
    'NO_SUCH_REQUEST',
    { group: 'g', user: 'nobody' },
    'nobody does not ask to join g; p2p requests g shows who does',
    'nobody does not ask to join g; list_requests g shows who does',
  ],
  [
    'NO_SUCH_BAN',
    { group: 'g', user: 'malory' },
    'malory is not banned from g; did you mean mallory? p2p bans g shows who is',
    'malory is not banned from g; did you mean mallory? list_bans g shows who is',
  ],
  [
    'NO_SUCH_FILE',
    { group: 'g', file: 'Film.mkv' },
    'no file "Film.mkv" in g; did you mean film.mkv? p2p files g lists them',
    'no file "Film.mkv" in g; did you mean film.mkv? list_files g lists them',
  ],
  [
    'NO_SUCH_FILE',
    { group: 'g', file: 'cafe.txt' },
    'no file "cafe.txt" in g; did you mean Café.txt? p2p files g lists them',
    'no file "cafe.txt" in g; did you mean Café.txt? list_files g lists them',
  ],
  [
    'NO_SUCH_FILE',
    { group: 'g', file: 'ab.txt' },
    `no file "ab.txt" in g; did you mean 'a b.txt'? p2p files g lists them`,
    `no file "ab.txt" in g; did you mean 'a b.txt'? list_files g lists them`,
  ],
  ['NO_SUCH_FILE', { group: 'g', file: 'film.mkv' }, ORIGINAL, ORIGINAL],
  ['NO_SUCH_FILE', { group: 'g' }, ORIGINAL, ORIGINAL],
  ['NOT_OWNER', { group: 'g' }, ORIGINAL, ORIGINAL],
  ['NO_SUCH_GROUP', {}, ORIGINAL, ORIGINAL],
];

for (const [code, args, oneShot, inShell] of table) {
  t.test(`${code} of ${JSON.stringify(args)}`, async (t) => {
    const home = testFolder(t, {});
    const engine = new Engine({ home: { path: home } } as never);
    const given = { args, options: {} };
    const error = fromWireError({ code, message: ORIGINAL });
    t.match(await explainRefusal(error, given, { engine }), { code, message: oneShot });
    const background = (): void => undefined;
    t.match(await explainRefusal(error, given, { engine, background }), { code, message: inShell });
  });
}

t.test('a download that is not there is not looked for among the files of the group', async (t) => {
  const engine = new Engine({ home: { path: testFolder(t, {}) } } as never);
  const error = fromWireError({ code: 'NO_SUCH_DOWNLOAD', message: ORIGINAL });
  const given = { args: { group: 'film-club', file: 'Film.mkv' }, options: {} };
  t.equal(await explainRefusal(error, given, { engine }), error);
  t.equal(error.message, ORIGINAL);
});

t.test('a list that cannot be had is no reason to say less', async (t) => {
  const engine = new Engine({ home: { path: testFolder(t, {}) } } as never);
  engine.listGroups = () => Promise.reject(new Error('away'));
  const error = fromWireError({ code: 'NO_SUCH_GROUP', message: ORIGINAL });
  t.match(await explainRefusal(error, { args: { group: 'g' }, options: {} }, { engine }), {
    message: 'no group "g"; p2p groups lists them',
  });
  const other = new Error('bug');
  t.equal(await explainRefusal(other, { args: { group: 'g' }, options: {} }, { engine }), other);
});

t.test('a group may be named by an option', async (t) => {
  const engine = new Engine({ home: { path: testFolder(t, {}) } } as never);
  const error = fromWireError({ code: 'NO_SUCH_GROUP', message: ORIGINAL });
  const given = { args: {}, options: {} };
  t.match(await explainRefusal(error, { ...given, lists: { group: ['boks'] } }, { engine }), {
    message: 'no group "boks"; did you mean books? p2p groups lists them',
  });
  const several = { ...given, lists: { group: ['books', 'boks'] } };
  t.equal(await explainRefusal(error, several, { engine }), error, 'it may be either of them');
});

void t.test('whoever has asked to join is not told to ask', async (t) => {
  const said = 'you asked to join film-club; its owner has not answered yet';
  const error = fromWireError({ code: 'NOT_A_MEMBER', message: said });
  const engine = new Engine({ home: { path: testFolder(t, {}) } } as never);
  t.equal(
    await explainRefusal(error, { args: { group: 'film-club' }, options: {} }, { engine }),
    error,
  );
});
