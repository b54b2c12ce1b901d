import t from 'tap';
import { commands } from '../../../src/main/cli/command-table.js';
import { withAbsolutePaths } from '../../../src/main/cli/local-paths.js';

const download = commands.find(({ verb }) => verb === 'download')!;
const upload = commands.find(({ verb }) => verb === 'upload')!;

function destinationOf(destination: string): string | undefined {
  const args = { group: 'g', file: 'f', destination };
  return withAbsolutePaths(download, { args, options: {} }, '/here').args['destination'];
}

t.test('paths become absolute, and one that means a folder goes on meaning it', (t) => {
  t.equal(destinationOf('a'), '/here/a');
  t.equal(destinationOf('.'), '/here');
  t.equal(destinationOf('a/'), '/here/a/');
  t.equal(destinationOf('/'), '/');
  t.equal(destinationOf('/there/../a'), '/a');
  t.equal(destinationOf('./-'), '/here/-');
  t.equal(destinationOf('--'), '/here/--');
  t.end();
});

t.test('an empty word is no path, and never the present folder', (t) => {
  t.throws(() => destinationOf(''), { name: 'UsageError', message: /say "\."/ });
  const first = { args: { file: '', group: 'g' }, options: {} };
  const later = { args: { file: 'a', group: 'g' }, further: ['b', ''], options: {} };
  for (const given of [first, later]) {
    t.throws(() => withAbsolutePaths(upload, given, '/here'), { code: 'BAD_ARGUMENT' });
  }
  t.end();
});

t.test('"-" is a standard stream where one file alone is meant, and no path', (t) => {
  t.equal(destinationOf('-'), '-');
  const alone = { args: { file: '-', group: 'g' }, options: {} };
  t.equal(withAbsolutePaths(upload, alone, '/here').args['file'], '-');
  const why = { name: 'UsageError', message: /say "\.\/-"/ };
  for (const [file, other] of [
    ['-', 'a'],
    ['a', '-'],
  ] as const) {
    const given = { args: { file, group: 'g' }, further: [other], options: {} };
    t.throws(() => withAbsolutePaths(upload, given, '/here'), why);
  }
  const share = commands.find(({ verb }) => verb === 'share')!;
  const shared = { args: { file: '-' }, options: {} };
  t.throws(() => withAbsolutePaths(share, shared, '/here'), why);
  t.end();
});
