/** The board is drawn of what a tracker tells: each figure that it names is one. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { enter, openTracker } from '../tracker/tracker-client.js';

interface Board {
  readonly panels: readonly {
    readonly id: number;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number };
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

const board = JSON.parse(
  readFileSync(inPackage('packaging/grafana/p2p-tracker.json'), 'utf8'),
) as Board;

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
  t.ok(named.size > 25, 'and they are many');
  t.notOk(isThere('p2p_tracker_made_up'));
  for (const expr of texts.filter((text) => /\brate\(|increase\(/.test(text))) {
    const [name = ''] = figuresIn(expr);
    const type = types.get(name) ?? types.get(name.replace(/_bucket$/, ''));
    t.ok(type === 'counter' || type === 'histogram', `${name} only grows`);
  }
});

void t.test('no two panels lie on each other', (t) => {
  const ids = new Set(board.panels.map(({ id }) => id));
  t.equal(ids.size, board.panels.length);
  const places = new Set(board.panels.map(({ gridPos: { x, y } }) => `${x} ${y}`));
  t.equal(places.size, board.panels.length);
  t.ok(board.panels.every(({ gridPos: { x, w } }) => x + w <= 24));
  t.end();
});
