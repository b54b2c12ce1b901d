/** PCP and NAT-PMP with a router on the loopback: right ones, and all that lies. */
import t, { type Test } from 'tap';
import { PcpMapper } from '../../../src/main/router/pcp-mapper.js';
import { isMapping } from '../../../src/main/router/mapping.js';
import {
  FakeRouter,
  ROUTER,
  SIX_ROUTER,
  type FakeRouterOptions,
} from '../../fixtures/fake-router.js';

const request = { gateway: ROUTER, internalPort: 7_001, externalPort: 7_001 };
const { signal } = new AbortController();

async function start(t: Test, options: FakeRouterOptions) {
  const router = await FakeRouter.start(options);
  t.teardown(() => router.close());
  return { router, mapper: new PcpMapper(router.port) };
}

for (const by of ['pcp', 'nat-pmp'] as const) {
  t.test(`a port is passed on by ${by}, and given back`, async (t) => {
    const { router, mapper } = await start(t, { speaks: [by] });
    const mapping = await mapper.map(request, signal);
    const externalHost = '198.51.100.1';
    t.same(mapping, { ...request, by, externalHost, lifetimeMs: 3_600_000 });
    const lease = { client: '127.0.0.1', internalPort: 7_001, seconds: 3_600 };
    t.same([...router.leases], [[7_001, lease]]);
    if (isMapping(mapping)) await mapper.unmap(mapping, signal);
    t.equal(router.leases.size, 0);
  });
}

t.test('a router of IPv6 lets others in to an address of this machine', async (t) => {
  const { router, mapper } = await start(t, { speaks: ['pcp'], isSix: true });
  const asked = { ...request, gateway: SIX_ROUTER };
  const mapping = await mapper.map(asked, signal);
  t.same(mapping, { ...asked, by: 'pcp', externalHost: '::1', lifetimeMs: 3_600_000 });
  if (isMapping(mapping)) await mapper.unmap(mapping, signal);
  t.equal(router.leases.size, 0);
  const older = await start(t, { speaks: ['nat-pmp'], isSix: true });
  t.same(await older.mapper.map(asked, signal), { by: 'pcp', refused: 'silent' });
  t.same(older.router.asked, [], 'the older protocol knows no IPv6');
});

const lies: readonly [string, Partial<FakeRouterOptions>][] = [
  ['one who answers from elsewhere', { answersFrom: '127.0.0.2' }],
  ['nothing in the answer', { answer: () => Buffer.alloc(0) }],
  ['a cut answer', { answer: (right) => right.subarray(0, 11) }],
  ['an answer to somebody else', { answer: (right) => change(right, 24) }],
  ['an answer about another port', { answer: (right) => change(right, 41) }],
  ['an answer to another question', { answer: (right) => change(right, 1) }],
  ['no port at all', { answer: (right) => change(right, 42, 0, 0) }],
];

t.test('lies and silence are no mapping', async (t) => {
  for (const [title, lie] of lies) {
    const { mapper } = await start(t, { speaks: ['pcp'], ...lie });
    const giveUp = AbortSignal.timeout(300);
    t.same(await mapper.map(request, giveUp), { by: 'pcp', refused: 'silent' }, title);
  }
  const { mapper } = await start(t, { speaks: [] });
  t.same(await mapper.map(request, signal), { by: 'pcp', refused: 'silent' }, 'silence');
});

t.test('a refusal is told by its code', async (t) => {
  const { mapper } = await start(t, { speaks: ['pcp'], answer: (right) => change(right, 3, 2) });
  t.same(await mapper.map(request, signal), { by: 'pcp', refused: 2 });
});

t.test('who promises years is believed for an hour', async (t) => {
  const { mapper } = await start(t, { speaks: ['pcp'], lifetime: 0xffff_ffff });
  t.match(await mapper.map(request, signal), { lifetimeMs: 3_600_000 });
});

function change(right: Buffer, at: number, ...to: number[]): Buffer {
  const changed = Buffer.from(right);
  const bytes = to.length > 0 ? to : [changed[at]! ^ 0xff];
  changed.set(bytes, at);
  return changed;
}
