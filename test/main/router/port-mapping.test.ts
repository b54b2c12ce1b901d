/** The lease: asked for, renewed, asked for again, given back; time is the test's. */
import t, { type Test } from 'tap';
import type {
  Mapper,
  Mapping,
  MappingRequest,
  NoMapping,
} from '../../../src/main/router/mapping.js';
import { PortMapping } from '../../../src/main/router/port-mapping.js';
import { ROUTER_RENEW_MIN_MS, ROUTER_RETRY_MS } from '../../../src/net/limits.js';

const gateway = { host: '192.168.1.1', client: '192.168.1.5' };

function scene(t: Test, answers: (Partial<Mapping> | NoMapping['refused'])[], hasRouter = true) {
  const log: string[] = [];
  let due: { waitMs: number; work: () => void } | undefined;
  const mapper: Mapper = {
    map: async (request: MappingRequest): Promise<Mapping | NoMapping> => {
      log.push(`map ${request.internalPort} as ${request.externalPort}`);
      const answer = answers.shift() ?? 'silent';
      if (typeof answer !== 'object') return { by: 'pcp', refused: answer };
      const granted = { externalHost: '198.51.100.1', lifetimeMs: 3_600_000 };
      return { ...request, by: 'pcp', ...granted, ...answer };
    },
    unmap: async ({ externalPort }) => void log.push(`give back ${externalPort}`),
  };
  const mapping = new PortMapping({
    gateways: () => Promise.resolve(hasRouter ? [gateway] : []),
    mappers: [mapper],
    later: (waitMs, work) => {
      due = { waitMs, work };
      return () => (due = undefined);
    },
    onAnswered: () => log.push('no news'),
    onChanged: () => log.push(`now ${JSON.stringify(mapping.candidates)}`),
  });
  t.teardown(() => mapping.stop());
  const elapse = async (): Promise<number | undefined> => {
    const one = due;
    due = undefined;
    one?.work();
    await settled();
    return one?.waitMs;
  };
  return { mapping, log, elapse, wait: () => due?.waitMs };
}

/** Everything here resolves by itself, in a few turns. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

t.test('it is asked once for a port, renewed at half its time, and given back', async (t) => {
  const { mapping, log, elapse } = scene(t, [{ externalPort: 9, externalHost: '9.9.9.9' }, {}]);
  t.same(mapping.state, { state: 'off' });
  mapping.start(7);
  mapping.start(7);
  t.same(mapping.state, { state: 'asking' });
  await settled();
  t.match(mapping.state, { state: 'mapped', mapping: { externalPort: 9 } });
  t.equal(await elapse(), 1_800_000);
  await mapping.stop();
  t.same(mapping.candidates, []);
  await mapping.stop();
  t.same(log, [
    'map 7 as 8',
    'now [{"host":"9.9.9.9","port":9}]',
    'map 7 as 9',
    // The same port, told by a router that is behind another one now.
    'now [{"host":"::","port":9}]',
    'give back 9',
  ]);
});

t.test(
  'a router that refuses is asked again later, and one that forgets is no router any more',
  async (t) => {
    const { mapping, log, elapse } = scene(t, [2, {}, 'silent']);
    mapping.start(7);
    await settled();
    t.same(mapping.state, { state: 'none', tried: [{ by: 'pcp', refused: 2 }] });
    t.equal(await elapse(), ROUTER_RETRY_MS);
    t.match(mapping.state, { state: 'mapped' });
    await elapse();
    t.match(mapping.state, { state: 'none' });
    t.same(log, [
      'map 7 as 8',
      'no news',
      'map 7 as 8',
      'now [{"host":"::","port":8}]',
      'map 7 as 8',
      'now []',
    ]);
  },
);

t.test('short leases do not make it ask without end, endless ones are looked at', async (t) => {
  const { mapping, wait, elapse } = scene(t, [{ lifetimeMs: 1_000 }, { lifetimeMs: undefined }]);
  mapping.start(7);
  await settled();
  t.equal(wait(), ROUTER_RENEW_MIN_MS);
  await elapse();
  t.equal(wait(), ROUTER_RETRY_MS);
});

t.test('another network is asked at once; without a router there is nobody to ask', async (t) => {
  const { mapping, log } = scene(t, [{}, {}]);
  mapping.onNetworkChanged();
  await settled();
  t.same(log, [], 'nothing is to be passed on');
  mapping.start(7);
  await settled();
  mapping.onNetworkChanged();
  await settled();
  t.equal(log.filter((line) => line.startsWith('map')).length, 2);
  const alone = scene(t, [], false);
  alone.mapping.start(7);
  await settled();
  t.same(alone.mapping.state, { state: 'none', tried: [] });
});

t.test('what is granted after the end is given back', async (t) => {
  const { mapping, log } = scene(t, [{}]);
  mapping.start(7);
  await new Promise(setImmediate);
  await mapping.stop();
  t.same(mapping.state, { state: 'off' });
  const [asked, back] = [
    log.filter((line) => line.startsWith('map')),
    log.filter((line) => line.startsWith('give')),
  ];
  t.equal(asked.length, back.length);
});
