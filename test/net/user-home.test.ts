/** Where a user is at home, whatever HOME says. */
import t from 'tap';
import { userHome } from '../../src/net/user-home.js';

const none = (): string => {
  throw new Error('no entry');
};
const entry = (): string => '/home/ann';

const table: readonly [
  name: string,
  env: Record<string, string>,
  entryOf: () => string,
  found: string | undefined,
][] = [
  ['HOME is what it says', { HOME: '/h' }, entry, '/h'],
  ['an empty HOME says nothing', { HOME: '' }, entry, '/home/ann'],
  ['a relative one neither', { HOME: 'h' }, entry, '/home/ann'],
  ['no HOME', {}, entry, '/home/ann'],
  ['no entry, but HOME', { HOME: '/h' }, none, '/h'],
  ['no entry and no HOME', {}, none, undefined],
  ['no entry and an empty HOME', { HOME: '' }, none, undefined],
  ['an entry without a folder', {}, () => '', undefined],
];
for (const [name, env, entryOf, found] of table) {
  t.test(name, (t) => {
    t.equal(userHome(env, entryOf), found);
    t.end();
  });
}
