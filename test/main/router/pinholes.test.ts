/** Holes in the wall of a router of IPv6 on the loopback, which remembers them. */
import t, { type Test } from 'tap';
import { PcpMapper } from '../../../src/main/router/pcp-mapper.js';
import { Pinholes } from '../../../src/main/router/pinholes.js';
import type { Gateway } from '../../../src/main/router/gateways.js';
import { laterByTimer } from '../../../src/net/later.js';
import { MAX_PINHOLES } from '../../../src/net/limits.js';
import { FakeRouter, SIX_ROUTER, type FakeRouterOptions } from '../../fixtures/fake-router.js';

async function scene(t: Test, options: Partial<FakeRouterOptions> = {}) {
  const router = await FakeRouter.start({ speaks: ['pcp'], isSix: true, ...options });
  t.teardown(() => router.close());
  const gateways: Gateway[] = [SIX_ROUTER];
  const pinholes = new Pinholes({
    gateways: () => Promise.resolve(gateways),
    mapper: new PcpMapper(router.port),
    later: laterByTimer,
  });
  t.teardown(() => pinholes.close());
  return { router, pinholes, gateways };
}

const ports = ({ leases }: FakeRouter): number[] => [...leases.keys()];

t.test('a hole is there once it was opened, at the very port, and is given back', async (t) => {
  const { router, pinholes } = await scene(t);
  await pinholes.open([{ host: '::', port: 7_001 }]);
  t.match([...router.leases], [[7_001, { client: '::1', internalPort: 7_001 }]]);
  await pinholes.open([{ host: '::', port: 7_001 }]);
  t.same(router.asked, ['pcp map'], 'it is asked for once');
  t.same(pinholes.candidates, [], 'outside it is the address itself, which needs no telling');
  await pinholes.close();
  await pinholes.close();
  t.same(router.asked, ['pcp map', 'pcp back']);
  t.same(ports(router), []);
});

t.test('there is none where this client does not listen any more', async (t) => {
  const { router, pinholes, gateways } = await scene(t);
  await pinholes.open([{ host: '::', port: 7_001 }]);
  await pinholes.open([{ host: '::1', port: 7_002 }]);
  t.same(ports(router), [7_002], 'another port');
  await pinholes.open([{ host: '192.0.2.1', port: 7_002 }]);
  t.same(ports(router), [], 'another address alone');
  await pinholes.open([{ host: '::', port: 7_003 }]);
  gateways.length = 0;
  await pinholes.open([{ host: '::', port: 7_003 }]);
  t.same(ports(router), [], 'another network');
});

t.test('a router that translates a prefix says where others come in', async (t) => {
  const { pinholes } = await scene(t, { externalHost: '2a00::5' });
  await pinholes.open([{ host: '::', port: 7_001 }]);
  t.same(pinholes.candidates, [{ host: '2a00::5', port: 7_001 }]);
});

t.test('a silent router is waited for a moment, and many addresses get few holes', async (t) => {
  const { router, pinholes } = await scene(t, { speaks: [] });
  await pinholes.open([{ host: '::', port: 7_001 }]);
  t.same(pinholes.candidates, []);
  await pinholes.close();
  const many = await scene(t);
  const listening = Array.from({ length: 2 * MAX_PINHOLES }, (_, index) => ({
    host: '::',
    port: 7_001 + index,
  }));
  await many.pinholes.open(listening);
  t.equal(many.router.leases.size, MAX_PINHOLES);
  t.same(ports(router), []);
});
