import t, { type Test } from 'tap';
import {
  healthChecks,
  type Findings,
  type HealthCheck,
} from '../../../src/main/commands/health-checks.js';
import type { NetworkReport } from '../../../src/main/api/network-report.js';
import type { SharedFile } from '../../../src/main/api/shared-files.js';
import { openHome } from '../../../src/main/home/home.js';
import { FakeEngine } from '../fake-engine.js';
import { SQLITE_PACKAGE, leftOutOf } from '../../../src/net/embedded-database.js';
import { testFolder } from '../../fixtures/test-folder.js';

const at = { host: '192.0.2.9', port: 7001 };

/** A machine on which all is well. */
async function well(t: Test): Promise<Findings & { network: NetworkReport }> {
  const home = await openHome({ P2P_HOME: testFolder(t, {}) });
  const engine = new FakeEngine({ home, listen: { host: '::', port: 0 }, remember: true });
  const report = await engine.checkNetwork();
  return {
    status: await engine.status(),
    machine: await engine.lookAtMachine('/downloads'),
    network: {
      ...report,
      kind: 'open',
      reach: { state: 'reached', addresses: [at], from: 'elsewhere' },
    },
    shares: [],
    version: '0.1.0',
  };
}

function verdicts(checks: readonly HealthCheck[]): Record<string, string> {
  return Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));
}

t.test('where all is well each thing has a line, and none a remedy', async (t) => {
  const checks = healthChecks(await well(t));
  t.same(
    checks.map(({ name }) => name),
    [
      ...['versions', 'home', 'library', 'downloads', 'open files', 'login'],
      ...['tracker', 'tracker key', 'clock', 'port', 'reach', 'shares'],
    ],
  );
  t.ok(checks.every(({ verdict, fix }) => verdict === 'ok' && fix === undefined));
});

t.test(
  'each trouble is told by its own line, with what helps and the code of a failure',
  async (t) => {
    const fine = await well(t);
    const { machine, network, status } = fine;
    const tracker = network.tracker as NetworkReport['tracker'] & { state: 'reached' };
    const leftOut = leftOutOf('v20.20.0');
    t.match(leftOut.fix, `npm install ${SQLITE_PACKAGE}`);
    const full = { code: 'DISK_FULL', message: 'no room' } as const;
    const refused = { code: 'PERMISSION_DENIED', message: 'cannot write to /x' } as const;
    const share = { groupId: 'g', fileName: 'f', fileId: 'x', path: '/f', size: 1, sharedAtMs: 0 };
    const shares: SharedFile[] = [
      { ...share, state: 'changed' },
      { ...share, state: 'served' },
    ];
    const rows: readonly (readonly [string, Partial<Findings>, Partial<HealthCheck>])[] = [
      [
        'versions',
        { version: '9' },
        { verdict: 'warn', fix: 'stop the client that runs for this home, and start it again' },
      ],
      [
        'versions',
        { network: { ...network, tracker: { ...tracker, version: undefined } } },
        { verdict: 'warn', says: 'p2p 0.1.0, Node v20.20.0, tracker of another version' },
      ],
      [
        'home',
        { machine: { ...machine, home: { path: '/h', freeBytes: 5 } } },
        { verdict: 'fail', code: 'DISK_FULL' },
      ],
      [
        'home',
        { machine: { ...machine, home: { path: '/h', freeBytes: 5e8 } } },
        { verdict: 'warn' },
      ],
      [
        'home',
        { machine: { ...machine, home: { path: '/h', freeBytes: undefined } } },
        { verdict: 'ok' },
      ],
      [
        'downloads',
        { machine: { ...machine, destination: { path: '/x', freeBytes: 0, error: refused } } },
        { verdict: 'fail', ...{ says: refused.message, code: refused.code } },
      ],
      [
        'library',
        { machine: { ...machine, libraryError: full } },
        { verdict: 'fail', code: 'DISK_FULL' },
      ],
      [
        'library',
        {
          machine: {
            ...machine,
            nodeVersion: 'v20.20.0',
            libraryError: {
              code: 'IO_ERROR',
              message: `${leftOut.says}; ${leftOut.fix}`,
            },
          },
        },
        { verdict: 'fail', ...leftOut, code: 'IO_ERROR' },
      ],
      ['open files', { machine: { ...machine, openFilesLimit: 96 } }, { verdict: 'warn' }],
      [
        'login',
        { status: { ...status, userId: undefined } },
        { verdict: 'fail', code: 'NOT_LOGGED_IN' },
      ],
      [
        'clock',
        { network: { ...network, tracker: { ...tracker, clockAheadMs: 60_000 } } },
        { verdict: 'warn', says: '60 s ahead of the tracker’s' },
      ],
      [
        'reach',
        {
          network: {
            ...network,
            reach: { state: 'unreached', obstacle: { reason: 'silent', at: [at] } },
          },
        },
        { verdict: 'fail', code: 'NOT_REACHED' },
      ],
      [
        'reach',
        {
          network: {
            ...network,
            reach: {
              state: 'unreached',
              obstacle: { reason: 'silent', at: [at] },
              late: {},
            },
          },
        },
        { verdict: 'warn' },
      ],
      ['shares', { shares }, { verdict: 'warn', says: 'of 2 files 1 changed' }],
      ['shares', { shares: full }, { verdict: 'fail', code: 'DISK_FULL' }],
    ];
    for (const [name, facts, expected] of rows) {
      const checks = healthChecks({ ...fine, ...facts });
      const found = checks.find((check) => check.name === name);
      t.match(found, expected, `${name}: ${JSON.stringify(expected)}`);
      const others = verdicts(checks.filter((check) => check.name !== name));
      t.ok(
        Object.values(others).every((verdict) => verdict === 'ok'),
        `${name} alone`,
      );
    }
  },
);

t.test('what cannot be tried is said once', async (t) => {
  const fine = await well(t);
  const away = { state: 'away', error: { code: 'NOT_LOGGED_IN', message: 'log in' } } as const;
  const status = { ...fine.status, userId: undefined };
  const loggedOut = healthChecks({ ...fine, status, network: { ...fine.network, tracker: away } });
  t.same(verdicts(loggedOut.filter(({ verdict }) => verdict === 'fail')), { login: 'fail' });
  t.notOk('reach' in verdicts(loggedOut));
  const taken = { code: 'ADDRESS_IN_USE', message: 'port 7001 is taken' } as const;
  const busy = healthChecks({ ...fine, network: taken });
  t.match(
    busy.find(({ name }) => name === 'network'),
    { verdict: 'fail', says: taken.message },
  );
});
