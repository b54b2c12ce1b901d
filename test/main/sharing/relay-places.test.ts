/** Where relays wait, as a thread is told. */
import t from 'tap';
import { RelayPlaces } from '../../../src/main/sharing/relay-places.js';

const address = { host: '192.0.2.1', port: 7001 };
const carl = { userId: 'carl', deviceId: 'c', addresses: [address] };

function places(held: Uint8Array | undefined, trackerHost: string | undefined = '192.0.2.9') {
  return new RelayPlaces({
    link: { trackerHost, session: { tracker: { host: 't', port: 8000 } } as never },
    tickets: { held: () => held, renew: async () => Buffer.from('fresh') },
    plausible: (addresses) => addresses.filter(({ host }) => host !== '127.0.0.1'),
  });
}

t.test('the tracker relays on its own port, where it was reached', async (t) => {
  t.same(await places(undefined).placeOf('g', undefined), {
    of: 'tracker',
    address: { host: '192.0.2.9', port: 8000 },
  });
});

t.test('a member is shown a ticket, which is fetched if there is none', async (t) => {
  const held = Buffer.from('held');
  t.same(await places(held).placeOf('g', carl), { of: 'member', ...carl, ticket: held });
  t.match(await places(undefined).placeOf('g', carl), { ticket: Buffer.from('fresh') });
  const nowhere = { ...carl, addresses: [{ host: '127.0.0.1', port: 1 }] };
  t.equal(await places(held).placeOf('g', nowhere), undefined);
});
