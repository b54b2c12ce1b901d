/** The list of shares as people and scripts read it. */
import t from 'tap';
import type { SharedFile, SharedFileState } from '../../../src/main/api/shared-files.js';
import type { CommandContext } from '../../../src/main/cli/command.js';
import { run } from '../../../src/main/commands/shares.js';
import type { Output, Overview } from '../../../src/main/terminal/output.js';

async function listed(files: readonly SharedFile[], args: Record<string, string> = {}) {
  const asked: (string | undefined)[] = [];
  const notes: string[] = [];
  let table: Pick<Overview, 'columns' | 'rows' | 'value'> | undefined;
  const out = {
    list: (...[columns, rows, , value]: Parameters<Output['list']>) => {
      table = { columns, rows, value };
    },
    note: (line: string) => notes.push(line),
  };
  const engine = {
    shares: (groupId: string | undefined) => {
      asked.push(groupId);
      return Promise.resolve(files.filter((one) => [one.groupId, undefined].includes(groupId)));
    },
  };
  await run({ engine, out } as unknown as CommandContext, { args, options: {} });
  return { asked, notes, ...table! };
}

const states: readonly SharedFileState[] = [
  ...(['served', 'older', 'idle', 'checking'] as const),
  ...(['changed', 'damaged', 'missing', 'refused'] as const),
];
const file = (state: SharedFileState): SharedFile => ({
  ...{
    groupId: 'g',
    fileName: state,
    fileId: 'x',
    path: `/tmp/${state}`,
    size: 7,
    sharedAtMs: 0,
    state,
  },
  ...(state !== 'served' && { reason: `it is ${state}` }),
});

t.test('a row for each, and one remark for each kind of trouble', async (t) => {
  const { rows, columns, notes, asked, value } = await listed([
    ...states.map(file),
    file('missing'),
  ]);
  t.same(asked, [undefined]);
  const piped = columns.map(({ isFurther }) => !isFurther);
  t.same(
    rows.map((row) => row.filter((_, index) => piped[index])),
    [...states, 'missing'].map((state) => ['g', state, 7, state]),
  );
  t.equal(rows[0]?.at(-1), '/tmp/served');
  t.match(value, { shares: [{ path: '/tmp/served' }, { reason: 'it is older' }] });
  t.equal(notes.length, states.length - 1, 'nothing is said of what is served');
  for (const state of states.slice(1)) {
    const count = state === 'missing' ? '2 files' : '1 file';
    t.ok(
      notes.some((note) => note.startsWith(`${count}: ${state}`)),
      state,
    );
  }
});

t.test('of a folder of which only some files are here it is said how many', async (t) => {
  const { value, notes } = await listed([
    { ...file('served'), fileName: 'album', partFiles: 1 },
    { ...file('served'), fileName: 'films', partFiles: 3 },
    file('served'),
  ]);
  t.match(value, { shares: [{ partFiles: 1 }, { partFiles: 3 }, {}] });
  t.same(notes, ['[g] album: only 1 file of it is here', '[g] films: only 3 files of it are here']);
});

t.test('one group only; what cannot be one is refused', async (t) => {
  t.equal((await listed([], { group: 'friends' })).asked[0], 'friends');
  t.same((await listed([])).notes, []);
  await t.rejects(listed([], { group: 'a\u0007b' }), { code: 'BAD_ARGUMENT' });
});

t.test('a group with which nothing is shared is told with the one that may be meant', async (t) => {
  const ofFilms = { ...file('served'), groupId: 'film-club' };
  const { rows, notes } = await listed([ofFilms], { group: 'filmclub' });
  t.same(rows, []);
  t.same(notes, ['nothing is shared from here with group "filmclub"; did you mean film-club?']);
  t.same((await listed([ofFilms], { group: 'chess' })).notes, []);
  t.same((await listed([ofFilms], { group: 'film-club' })).notes, []);
});
