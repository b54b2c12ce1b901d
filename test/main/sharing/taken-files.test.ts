import t from 'tap';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { TakenFiles } from '../../../src/main/sharing/taken-files.js';
import { MAX_TAKEN_FILES_NAMED } from '../../../src/net/limits.js';
import { FakeOffer } from '../../fixtures/fake-offer.js';

/** Gathering is over when the test says so. */
function scene() {
  const told: ClientEvent[] = [];
  const due: (() => void)[] = [];
  const taken = new TakenFiles({
    emit: (event) => void told.push(event),
    nowMs: () => 7,
    later: (_, work) => {
      due.push(work);
      return () => void due.splice(due.indexOf(work), 1);
    },
  });
  const pass = (): void => {
    for (const work of [...due]) work();
  };
  return { taken, told, due, pass };
}

const film = new FakeOffer('films', 'a');
const { size } = film.layout;

t.test('what a user got over several connections is told once, when the last has let go', (t) => {
  const { taken, told, due, pass } = scene();
  for (let connection = 0; connection < 3; connection++) taken.onOpened('ben', film);
  taken.onReleased('ben', film, 100);
  taken.onReleased('ben', film, 0);
  t.equal(due.length, 0);
  taken.onReleased('ben', film, size - 100);
  pass();
  const fact = { groupId: 'films', fileName: 'film', size, bytes: size, atMs: 7 };
  t.same(told, [{ type: 'file-taken', userId: 'ben', ...fact }]);
  t.equal(due.length, 0);
  t.end();
});

t.test('whoever got nothing is not told of, and a release without an opening is none', (t) => {
  const { taken, told, pass } = scene();
  taken.onOpened('ben', film);
  taken.onReleased('ben', film, 0);
  taken.onReleased('ben', film, 5);
  pass();
  t.same(told, []);
  t.end();
});

t.test('many files of one user are one line, and others have theirs', (t) => {
  const { taken, told, pass } = scene();
  const count = MAX_TAKEN_FILES_NAMED + 2;
  for (let number = 0; number < count; number++) {
    const offer = new FakeOffer('films', `file ${number}`);
    taken.onOpened('ben', offer);
    taken.onReleased('ben', offer, 10);
  }
  taken.onOpened('cy', film);
  taken.onReleased('cy', film, 1);
  pass();
  t.match(told, [
    { type: 'files-taken', userId: 'ben', files: count, bytes: 10 * count },
    { type: 'file-taken', userId: 'cy', bytes: 1 },
  ]);
  t.end();
});

t.test('at the end what waits is told', (t) => {
  const { taken, told, due } = scene();
  taken.onOpened('ben', film);
  taken.onReleased('ben', film, 1);
  taken.close();
  taken.close();
  t.match(told, [{ type: 'file-taken' }]);
  t.equal(due.length, 0);
  t.end();
});
