/** IPv6 wherever IPv4 is: what is listened on, and at which addresses a tracker is found there. */
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { LineRunner } from './line-runner.js';
import { P2pProcess } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

const all = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
  (addresses ?? []).map((address) => ({ name, ...address })),
);
const hasIPv6 = all.some(({ address }) => address === '::1');
const linkLocal = all.find(({ address }) => address.startsWith('fe80:'));
const withZone = linkLocal && `${linkLocal.address.split('%')[0]}%${linkLocal.name}`;

type Row = readonly [listen: string, asked: readonly string[], shown: RegExp];

const table: readonly Row[] = [
  ['127.0.0.1', ['127.0.0.1'], /^127\.0\.0\.1:\d+$/],
  ['0.0.0.0', ['127.0.0.1'], /^0\.0\.0\.0:\d+$/],
  ...(hasIPv6
    ? ([
        ['::1', ['[::1]'], /^\[::1\]:\d+$/],
        ['[::1]', ['[::1]'], /^\[::1\]:\d+$/],
        ['::', ['127.0.0.1', '[::1]', 'localhost', '[::ffff:127.0.0.1]'], /^\[::\]:\d+$/],
      ] satisfies Row[])
    : ([['::', ['127.0.0.1'], /^0\.0\.0\.0:\d+$/]] satisfies Row[])),
  ...(withZone === undefined
    ? []
    : ([[withZone, [`[${withZone}]`], /^\[fe80:[0-9a-f:]+%[^\]]+\]:\d+$/]] satisfies Row[])),
];

for (const [listen, asked, shown] of table) {
  t.test(`a tracker on ${listen} is found at ${asked.join(', ')}`, async (t) => {
    const tracker = new P2pProcess(t, {
      home: testFolder(t, { tracker: {}, ...Object.fromEntries(asked.map((_, n) => [n, {}])) }),
      args: ['tracker', listen, '0'],
    });
    const line = await tracker.printed(/^tracker listening on /);
    const address = /listening on (\S+),/.exec(line)?.[1] ?? '';
    t.match(address, shown);
    const port = address.slice(address.lastIndexOf(':') + 1);
    for (const [n, host] of asked.entries()) {
      const { status, stderr } = await lines.run({
        home: `${t.testdirName}/${n}`,
        args: ['create-user', `user${n}`, '--tracker', `${host}:${port}`],
        env: { P2P_PASSWORD: 'pw' },
      });
      t.equal(status, 0, stderr);
      t.match(stderr, host === '[::ffff:127.0.0.1]' ? /first contact/ : `at ${host}:${port}`);
    }
  });
}
