/** Who takes what, as sessions have told. */
import t from 'tap';
import { Takers } from '../../../src/main/sharing/takers.js';
import { MAX_TAKERS_KEPT } from '../../../src/net/limits.js';
import { FakeOffer } from '../../fixtures/fake-offer.js';

const film = new FakeOffer('films', 'film');
const song = Object.assign(new FakeOffer('films', 'song'), { name: 'song' });
const { size } = film.layout;

function session(userId: string, remote = '192.0.2.7:4000') {
  return { userId, deviceId: `of ${userId}`, remote, way: undefined };
}

t.test('a device that takes a file over two connections is one taker', async (t) => {
  const takers = new Takers(() => undefined);
  const ben = session('ben');
  takers.onOpened(ben, film);
  takers.onOpened(session('ben', '192.0.2.7:4001'), film);
  takers.onSent(ben, 100);
  takers.onSent(ben, 20);
  const row = { userId: 'ben', deviceId: 'of ben', remote: '192.0.2.7:4001', fileName: 'film' };
  t.same(takers.list(), [{ ...row, isTaking: true, files: 1, sent: 120, wanted: size }]);
  takers.onReleased(ben, film, 70);
  t.match(takers.list(), [{ isTaking: true, sent: 120 }]);
  takers.onReleased(ben, film, 50);
  t.same(takers.list(), [{ ...row, isTaking: false, files: 1, sent: 120, wanted: 120 }]);
});

t.test(
  'files that follow each other count together, and one that is gone on with once',
  async (t) => {
    const takers = new Takers(() => undefined);
    const ben = session('ben');
    takers.onOpened(ben, film);
    takers.onReleased(ben, film, 10);
    takers.onOpened(ben, film);
    takers.onReleased(ben, film, 20);
    t.match(takers.list(), [{ files: 1, fileName: 'film', sent: 30 }]);
    takers.onOpened(ben, song);
    t.match(takers.list(), [{ files: 1, fileName: 'song', wanted: 30 + size, isTaking: true }]);
    takers.onOpened(ben, film);
    t.match(takers.list(), [{ files: 2, wanted: 30 + 2 * size }]);
    t.notOk('fileName' in takers.list()[0]!);
    takers.onReleased(ben, film, 0);
    takers.onReleased(ben, song, 1);
    t.match(takers.list(), [{ files: 2, isTaking: false }]);
  },
);

t.test('who opens a file and gets nothing has taken nothing', async (t) => {
  const takers = new Takers(() => undefined);
  takers.onOpened(session('ben'), film);
  t.equal(takers.list().length, 1);
  takers.onReleased(session('ben'), film, 0);
  t.same(takers.list(), []);
  takers.onSent(session('ben'), 5);
  takers.onReleased(session('ben'), film, 5);
  t.same(takers.list(), [], 'what is told of nobody is passed over');
});

t.test('a release is told before the last bytes are: nobody seems to have got less', async (t) => {
  const takers = new Takers(() => undefined);
  takers.onOpened(session('ben'), film);
  takers.onSent(session('ben'), 5);
  takers.onReleased(session('ben'), film, 25);
  t.match(takers.list(), [{ sent: 25, wanted: 25 }]);
  takers.onSent(session('ben'), 20);
  t.match(takers.list(), [{ sent: 25, wanted: 25 }]);
});

t.test('what was asked for twice makes no file larger', async (t) => {
  const takers = new Takers(() => undefined);
  const ben = session('ben');
  takers.onOpened(ben, film);
  takers.onSent(ben, size + 7);
  t.match(takers.list(), [{ sent: size + 7, wanted: size }]);
  takers.onReleased(ben, film, size + 7);
  t.match(takers.list(), [{ sent: size + 7, wanted: size }]);
});

t.test('who takes something stands first; the oldest of the others are forgotten', async (t) => {
  const takers = new Takers(() => undefined);
  const called = { ...session('cy'), way: 'called' as const };
  takers.onOpened(session('ann'), film);
  for (let number = 0; number < MAX_TAKERS_KEPT; number++) {
    takers.onOpened(session(`user ${number}`), film);
    takers.onReleased(session(`user ${number}`), film, 1);
  }
  takers.onOpened(called, film);
  const [ann, cy, ...others] = takers.list();
  t.match([ann, cy], [{ userId: 'ann' }, { userId: 'cy', way: 'called' }]);
  t.equal(others.length, MAX_TAKERS_KEPT - 2);
  t.equal(others[0]?.userId, 'user 2');
});
