/** What is offered, looked up by the hash of a name while the table of names is made. */
import t from 'tap';
import { Offers } from '../../../src/main/sharing/offers.js';
import { NAMES_HASHED_AT_ONCE } from '../../../src/net/limits.js';
import { nameHash } from '../../../src/net/name-hash.js';
import { FakeOffer } from '../../fixtures/fake-offer.js';

const COUNT = 3 * NAMES_HASHED_AT_ONCE;

function offerOf(fileId: string, name: string): FakeOffer {
  const offer = new FakeOffer('club', fileId);
  offer.name = name;
  return offer;
}

function scene() {
  const offers = new Offers();
  for (let n = 0; n < COUNT; n++) offers.put(offerOf(`id ${n}`, `file ${n}`));
  const idOf = (name: string) => offers.named('club', nameHash('club', name))?.fileId;
  return { offers, idOf };
}

t.test('others are heard while many names are hashed, once for all who ask', async (t) => {
  const { offers, idOf } = scene();
  let rounds = 0;
  let isDone = false;
  const count = (): void => {
    rounds++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all([offers.indexNames('club'), offers.indexNames('club')]);
  isDone = true;
  t.ok(rounds >= COUNT / NAMES_HASHED_AT_ONCE - 1, `${rounds} rounds of the event loop`);
  t.same(['file 0', `file ${COUNT - 1}`, 'file x'].map(idOf), [
    'id 0',
    `id ${COUNT - 1}`,
    undefined,
  ]);
});

t.test('what comes, goes and changes its name meanwhile counts', async (t) => {
  const { offers, idOf } = scene();
  const indexed = offers.indexNames('club');
  offers.put(offerOf('new', 'file 1'));
  offers.put(offerOf('id 2', 'other'));
  offers.delete('club', 'id 3');
  offers.put(offerOf('short', 'file 4'));
  offers.delete('club', 'short');
  await indexed;
  const names = ['file 1', 'file 2', 'other', 'file 3', 'file 4'];
  t.same(names.map(idOf), ['new', undefined, 'id 2', undefined, 'id 4']);
});

t.test('of several contents under one name the one that was offered last is meant', async (t) => {
  const offers = new Offers();
  for (const fileId of ['a', 'b']) offers.put(offerOf(fileId, 'film'));
  await offers.indexNames('club');
  t.equal(offers.named('club', nameHash('club', 'film'))?.fileId, 'b');
  await offers.indexNames('another');
  t.equal(offers.named('another', nameHash('another', 'film')), undefined);
});
