/** Tab completion of the interactive client. */
import t from 'tap';
import { completeLine, type NameSource } from '../../../src/main/shell/shell-completion.js';
import { commandsOf, shellNameOf } from '../../../src/main/cli/command-table.js';
import { testFolder } from '../../fixtures/test-folder.js';

const files = ['a film.mkv', 'b.txt', 'evil\u001b[2J'].map((name) => ({
  name,
  size: 1,
  sources: 1,
  sharer: 'bob',
  fileId: name,
}));
const names: NameSource = {
  listGroups: () => Promise.resolve(['friends', 'family', 'work', 'evil\u0007']),
  listFiles: (groupId) =>
    groupId === 'friends' ? Promise.resolve(files) : Promise.reject(new Error('not a member')),
  listRequests: () => Promise.resolve(['bob', 'carol']),
  listMembers: () =>
    Promise.resolve([
      { userId: 'alice', role: 'owner' },
      { userId: 'dan', role: 'reader' },
    ]),
};

t.test('every command of the interactive client is suggested', async (t) => {
  const [found] = await completeLine('', names, '/');
  t.same(
    found,
    commandsOf('shell')
      .map((command) => `${shellNameOf(command)} `)
      .sort(),
  );
  t.same(await completeLine('list_g', names, '/'), [['list_groups '], 'list_g']);
});

t.test('groups, files and users come from the engine, fit to be shown', async (t) => {
  t.same(await completeLine('join_group f', names, '/'), [['family ', 'friends '], 'f']);
  t.same(await completeLine('list_files ', names, '/'), [['family ', 'friends ', 'work '], '']);
  t.same(await completeLine('download_file friends ', names, '/'), [
    ["'a film.mkv' ", 'b.txt '],
    '',
  ]);
  t.same(await completeLine('accept_request friends c', names, '/'), [['carol '], 'c']);
  t.same(await completeLine('kick friends ', names, '/'), [['alice ', 'dan '], '']);
});

t.test('paths are completed from the working folder', async (t) => {
  const folder = testFolder(t, { film: 'x', films: { one: '1' }, '.hidden': '' });
  t.same(await completeLine('upload_file fil', names, folder), [['film ', 'films/'], 'fil']);
  t.same(await completeLine('upload_file films/', names, folder), [['films/one '], 'films/']);
  t.same(await completeLine(`upload_file ${folder}/film`, names, '/'), [
    [`${folder}/film `, `${folder}/films/`],
    `${folder}/film`,
  ]);
});

t.test('what cannot be answered is answered with nothing', async (t) => {
  for (const line of [
    'nonsense x',
    'login b',
    'list_groups x',
    'download_file other ',
    'join "f',
  ]) {
    t.same((await completeLine(line, names, '/no/such/folder'))[0], [], line);
  }
});
