import type { IncomingMessage, ServerResponse } from 'node:http';
import t from 'tap';
import { statusPages, type Health } from '../../../src/net/figures/status-pages.js';

/** Asks for one page; resolves to what was answered and what was reported. */
async function ask(
  method: string | undefined,
  url: string | undefined,
  page: () => Promise<string> = async () => 'figures\n',
  health: () => Promise<Health> = async () => 'ok',
) {
  const unforeseen: unknown[] = [];
  const onUnforeseen = (error: unknown): void => void unforeseen.push(error);
  const answer = statusPages({ health, metricsPage: page, onUnforeseen });
  return new Promise<{ status: number; body: string; unforeseen: unknown[] }>((resolve) => {
    let status = 0;
    const response = {
      on: () => undefined,
      writeHead: (given: number) => (status = given),
      end: (body: string) => resolve({ status, body, unforeseen }),
    };
    answer({ method, url } as IncomingMessage, response as unknown as ServerResponse);
  });
}

const targets: readonly [string | undefined, number][] = [
  ['/healthz', 200],
  ['/healthz?', 200],
  ['/healthz?x=//', 200],
  ['/metrics', 200],
  ['/metrics?a?b', 200],
  ['//', 404],
  ['//[', 404],
  ['/\\\\', 404],
  ['http://', 404],
  ['http://[', 404],
  ['//a:b@', 404],
  ['https://x:99999/', 404],
  ['https://tracker/healthz', 404],
  ['//tracker/metrics', 404],
  ['/metrics/', 404],
  ['/%6detrics', 404],
  ['*', 404],
  ['?', 404],
  ['', 404],
  [undefined, 404],
];

for (const [url, status] of targets) {
  void t.test(`GET ${url ?? 'nothing'} is answered with ${status}`, async (t) => {
    t.match(await ask('GET', url), { status, unforeseen: [] });
  });
}

void t.test('no other method is allowed', async (t) => {
  for (const method of ['POST', 'HEAD', 'OPTIONS', 'DELETE', 'PRI', undefined]) {
    t.match(await ask(method, '/metrics'), { status: 405 }, String(method));
  }
});

void t.test('a store that does not answer is said', async (t) => {
  t.match(await ask('GET', '/healthz', undefined, async () => 'not ready'), { status: 503 });
});

void t.test('a fault costs the one who asked, and is told', async (t) => {
  const fault = new Error('no figures');
  const rejected = await ask('GET', '/metrics', () => Promise.reject(fault));
  t.match(rejected, { status: 500, unforeseen: [fault] });
  const thrown = await ask('GET', '/metrics', () => {
    throw fault;
  });
  t.match(thrown, { status: 500, unforeseen: [fault] });
});
