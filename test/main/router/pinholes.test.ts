/** Holes in the wall of a router of IPv6 on the loopback, which remembers them. */
import t, { type Test } from 'tap';
import { PcpMapper } from '../../../src/main/router/pcp-mapper.js';
import { Pinholes } from '../../../src/main/router/pinholes.js';
import type { Gateway } from '../../../src/main/router/gateways.js';
import { laterByTimer, type Later } from '../../../src/net/later.js';
import { MAX_PINHOLES, PINHOLE_WAIT_MS } from '../../../src/net/limits.js';
import { FakeRouter, SIX_ROUTER, type FakeRouterOptions } from '../../fixtures/fake-router.js';

async function scene(
  t: Test,
  options: Partial<FakeRouterOptions> = {},
  later: Later = laterByTimer,
) {
  const router = await FakeRouter.start({ speaks: ['pcp'], isSix: true, ...options });
  t.teardown(() => router.close());
  const gateways: Gateway[] = [SIX_ROUTER];
  const changes = { count: 0, heard: (): void => undefined };
  const pinholes = new Pinholes({
    onChanged: () => {
      changes.count++;
      changes.heard();
    },
    gateways: () => Promise.resolve(gateways),
    mapper: new PcpMapper(router.port),
    later,
  });
  t.teardown(() => pinholes.close());
  return { router, pinholes, gateways, changes };
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

t.test(
  'after they were given back a change of addresses brings none, until they are wanted again',
  async (t) => {
    const { router, pinholes, changes } = await scene(t);
    const listening = [{ host: '::', port: 7_001 }];
    await pinholes.follow(listening);
    t.same(ports(router), [], 'nobody has wanted any yet');
    await pinholes.open(listening);
    await pinholes.follow([{ host: '::', port: 7_002 }]);
    t.same(ports(router), [7_002]);
    await Promise.all([pinholes.follow(listening), pinholes.close()]);
    t.same(ports(router), []);
    await pinholes.follow(listening);
    t.same(ports(router), []);
    await pinholes.open(listening);
    t.same(ports(router), [7_001]);
    t.equal(changes.count, 0, 'whoever waits for them knows');
  },
);

t.test('a router that answers when nobody waits any more is told of', async (t) => {
  const speaks: 'pcp'[] = [];
  const atOnce: Later = (ms, run) => laterByTimer(ms === PINHOLE_WAIT_MS ? 0 : ms, run);
  const { router, pinholes, changes } = await scene(t, { speaks }, atOnce);
  await pinholes.open([{ host: '::', port: 7_001 }]);
  t.same(pinholes.candidates, []);
  const told = new Promise<void>((resolve) => (changes.heard = resolve));
  speaks.push('pcp');
  await told;
  t.same(ports(router), [7_001]);
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
