import t from 'tap';
import { OpenOffers } from '../../../src/main/sharing/open-offers.js';
import { FakeOffer } from '../../fixtures/fake-offer.js';

const [film, song] = [new FakeOffer('films', 'film'), new FakeOffer('films', 'song')];

t.test('what a file was read over several connections is added up until the last', async (t) => {
  const open = new OpenOffers();
  for (const offer of [film, song, film]) open.onOpened(offer);
  t.equal(open.count, 2);
  t.equal(open.onReleased(film, 5), undefined);
  t.same(
    open.all.map(({ offer, bytes }) => [offer.fileId, bytes]),
    [
      ['film', 5],
      ['song', 0],
    ],
  );
  t.match(open.onReleased(film, 7), { offer: film, bytes: 12 });
  t.equal(open.count, 1);
});

t.test(
  'a release without an opening is none, and the same id elsewhere another file',
  async (t) => {
    const open = new OpenOffers();
    open.onOpened(film);
    t.equal(open.onReleased(new FakeOffer('other', 'film'), 5), undefined);
    t.equal(open.onReleased(song, 5), undefined);
    t.equal(open.count, 1);
  },
);
