/** The boards are drawn of what a tracker and a client tell: each figure that they name is one. */
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { ClientFigures } from '../../src/main/processes/client-figures.js';
import { inPackage } from '../../src/net/package-root.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import { testFolder } from '../fixtures/test-folder.js';
import { enter, openTracker } from '../tracker/tracker-client.js';

interface Board {
  readonly panels: readonly {
    readonly id: number;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number };
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

function boardOf(what: 'tracker' | 'client'): Board {
  const path = inPackage(`packaging/grafana/p2p-${what}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as Board;
}

/** What stands before a choice of labels, and what labels are asked of. */
function figuresIn(text: string): string[] {
  const named = [...text.matchAll(/([a-z][a-z0-9_]*)\{/g), ...text.matchAll(/values\((\w+),/g)];
  return named.map(([, name]) => name!);
}

void t.test('every figure of the board is on the page of a tracker', async (t) => {
  const metricsAddress = { host: '127.0.0.1', port: 0 };
  const tracker = await openTracker(t, { metricsAddress });
  const { client } = await enter(tracker, 'anna');
  const { host, port } = tracker.metricsAddress!;
  const page = await (await fetch(`http://${host}:${port}/metrics`)).text();
  await client.close();
  holdAgainst(t, boardOf('tracker'), page, 25);
  t.notMatch(page, /^# TYPE p2p_tracker_made_up /m);
});

void t.test('every figure of the other board is on the page of a client', async (t) => {
  const swarm = await TestSwarm.start(testFolder(t, {}));
  const [ann, ben] = [await swarm.client('ann'), await swarm.client('ben')];
  await ann.share('a file', sampleBytes(300_000));
  await ben.download('a file');
  // Threads tell what they have sent a little later.
  while ((await ann.engine.status()).sentBytes < 300_000) await setImmediate();
  const figures = [
    new ClientFigures(ann.engine, ann.folder),
    new ClientFigures(ben.engine, ben.folder),
  ];
  const pages = await Promise.all(figures.map((one) => one.render()));
  for (const page of pages) holdAgainst(t, boardOf('client'), page, 20);
  t.match(pages[0], /^p2p_client_sent_bytes_total\{way="lan"\} 300000$/m);
  t.match(pages[0], /^p2p_client_sent_bytes_total\{way="wan"\} 0$/m);
  t.match(pages[1], /^p2p_client_received_bytes_total\{way="lan"\} 300000$/m);
  t.match(pages[1], /^p2p_client_tracker_connected 1$/m);
  t.match(pages[1], /^p2p_client_idle_downloads\{state="queued"\} 0$/m);
  for (const name of ['ann', 'ben', 'a file']) t.notMatch(pages.join(''), name, 'names nobody');
  for (const one of figures) one.close();
  await swarm.close();
});

/** Each figure that a board names is on the page, and what rates are made of only grows. */
function holdAgainst(t: Test, board: Board, page: string, least: number): void {
  const types = new Map([...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, a, b]) => [a!, b!]));
  const isThere = (name: string): boolean => {
    const ofHistogram = name.replace(/_(bucket|sum|count)$/, '');
    return types.has(name) || types.get(ofHistogram) === 'histogram';
  };
  const texts = [
    ...board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...board.templating.list.map(({ query }) => query),
  ];
  const named = new Set(texts.flatMap(figuresIn));
  for (const name of named) t.ok(isThere(name), name);
  t.ok(named.size > least, 'and they are many');
  for (const expr of texts.filter((text) => /\brate\(|increase\(/.test(text))) {
    const [name = ''] = figuresIn(expr);
    const type = types.get(name) ?? types.get(name.replace(/_bucket$/, ''));
    t.ok(type === 'counter' || type === 'histogram', `${name} only grows`);
  }
}

for (const what of ['tracker', 'client'] as const) {
  void t.test(`no two panels of the board of a ${what} lie on each other`, (t) => {
    const { panels } = boardOf(what);
    t.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const places = new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`));
    t.equal(places.size, panels.length);
    t.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
    t.end();
  });
}
