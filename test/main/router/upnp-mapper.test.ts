/** UPnP with a router on the loopback: right ones, and all that lies. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { isMapping } from '../../../src/main/router/mapping.js';
import { UpnpMapper } from '../../../src/main/router/upnp-mapper.js';
import { MAX_ROUTER_ANSWER_BYTES } from '../../../src/net/limits.js';
import { FakeRouter, ROUTER, type FakeRouterOptions } from '../../fixtures/fake-router.js';

const request = { gateway: ROUTER, internalPort: 7_001, externalPort: 7_001 };
const { signal } = new AbortController();

async function start(t: Test, options: Partial<FakeRouterOptions> = {}) {
  const router = await FakeRouter.start({ speaks: ['upnp'], ...options });
  t.teardown(() => router.close());
  return { router, mapper: new UpnpMapper({ port: router.searchPort, group: undefined }) };
}

t.test('a port is passed on, and given back', async (t) => {
  const { router, mapper } = await start(t);
  const mapping = await mapper.map(request, signal);
  const externalHost = '198.51.100.1';
  t.same(mapping, { ...request, by: 'upnp', externalHost, lifetimeMs: 3_600_000 });
  const lease = { client: '127.0.0.1', internalPort: 7_001, seconds: 3_600 };
  t.same([...router.leases], [[7_001, lease]]);
  if (isMapping(mapping)) await mapper.unmap(mapping, signal);
  t.equal(router.leases.size, 0);
});

t.test(
  'a port that is taken is asked for elsewhere; one that lasts for ever is taken',
  async (t) => {
    const { router, mapper } = await start(t, { refusals: [718, 725] });
    const mapping = await mapper.map(request, signal);
    t.match(mapping, { by: 'upnp', lifetimeMs: undefined });
    const [[port, lease] = []] = [...router.leases];
    t.not(port, 7_001);
    t.equal(lease?.seconds, 0);
    t.equal(isMapping(mapping) && mapping.externalPort, port);
    const refusing = await start(t, { refusals: [606] });
    t.same(await refusing.mapper.map(request, signal), { by: 'upnp', refused: 606 });
  },
);

t.test('nothing but the router is asked, whatever is named', async (t) => {
  const victims: string[] = [];
  const victim = createServer((asked, answer) => {
    victims.push(asked.url ?? '');
    answer.end();
  });
  victim.listen(0, '127.0.0.2');
  await once(victim, 'listening');
  t.teardown(() => victim.close());
  const elsewhere = `http://127.0.0.2:${(victim.address() as AddressInfo).port}`;
  const huge = 'x'.repeat(MAX_ROUTER_ANSWER_BYTES + 1);
  const lies: readonly [string, Partial<FakeRouterOptions>][] = [
    ['one who answers from elsewhere', { answersFrom: '127.0.0.2' }],
    ['a description elsewhere', { location: () => `${elsewhere}/igd.xml` }],
    ['a file', { location: () => 'file:///etc/passwd' }],
    ['no place', { location: () => 'igd' }],
    ['a place with a password', { location: (right) => right.replace('//', '//a:b@') }],
    ['orders elsewhere', { control: () => `${elsewhere}/ctl` }],
    ['a base elsewhere', { description: `<URLBase>${elsewhere}</URLBase>${serviceText('/ctl')}` }],
    ['no end of the description', { description: huge }],
    ['no service', { description: '<root/>' }],
    ['a service without a place', { description: serviceText(undefined) }],
    ['tags that never end', { description: '<service>'.repeat(5_000) }],
  ];
  for (const [title, lie] of lies) {
    const { router, mapper } = await start(t, lie);
    const result = await mapper.map(request, AbortSignal.timeout(400));
    t.same(result, { by: 'upnp', refused: 'silent' }, title);
    t.equal(router.leases.size, 0);
  }
  t.same(victims, []);
});

function serviceText(control: string | undefined): string {
  const type = 'urn:schemas-upnp-org:service:WANIPConnection:1';
  const place = control === undefined ? '' : `<controlURL>${control}</controlURL>`;
  return `<service><serviceType>${type}</serviceType>${place}</service>`;
}
