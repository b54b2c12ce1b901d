/** Names that a user announces. */
import t from 'tap';
import { AnnouncedNames } from '../../../src/main/sharing/announced-names.js';

const said = [
  { host: 'home.example', port: 7001 },
  { host: '192.0.2.1', port: 7002 },
];

t.test('names are looked up anew each time, literals never', async (t) => {
  const asked: string[] = [];
  const names = new AnnouncedNames(said, async (name) => {
    asked.push(name);
    return [`198.51.100.${asked.length}`, '2001:db8::1'];
  });
  t.same(await names.resolve(), [
    { host: '198.51.100.1', port: 7001 },
    { host: '2001:db8::1', port: 7001 },
    { host: '192.0.2.1', port: 7002 },
  ]);
  t.match(await names.resolve(), [{ host: '198.51.100.2' }]);
  t.same(asked, ['home.example', 'home.example']);
});

t.test('without an answer a name is what it was', async (t) => {
  let answer: () => Promise<string[]> = () => Promise.reject(new Error('no such name'));
  const names = new AnnouncedNames(said, () => answer(), 20);
  t.same(await names.resolve(), [{ host: '192.0.2.1', port: 7002 }]);
  answer = () => Promise.resolve(['198.51.100.7']);
  await names.resolve();
  answer = () => new Promise(() => undefined);
  t.match(await names.resolve(), [{ host: '198.51.100.7' }, { host: '192.0.2.1' }]);
});
