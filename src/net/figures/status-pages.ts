/**
 * What a tracker, or a client with `--metrics`, answers to plain HTTP: `GET /healthz` and `GET /metrics`.
 * A request target is compared as text: no parser of URLs sees what a stranger wrote. Whatever
 * goes wrong costs the connection that asked.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isThisMachine } from './asked-host.js';
import { detach } from '../detach.js';

export interface StatusPagesOptions {
  readonly health: () => Promise<Health>;
  readonly metricsPage: () => Promise<string>;
  readonly onUnforeseen: (error: unknown) => void;
  /** Answers only who names this machine: see asked-host.ts. @default never */
  readonly isForThisMachine?: () => boolean;
}

/** `alone`: it serves, and hears nothing of the presence at other trackers. */
export type Health = 'ok' | 'alone' | 'not ready';

interface Page {
  readonly status: number;
  readonly body: string;
}

/** One that is alone serves all the same: with none of them nobody would be served. */
const healthPages: Readonly<Record<Health, Page>> = {
  ok: { status: 200, body: 'ok\n' },
  alone: { status: 200, body: 'ok, but the presence server does not answer\n' },
  'not ready': { status: 503, body: 'not ready\n' },
};
const notFound: Page = { status: 404, body: 'not found\n' };
const notAllowed: Page = { status: 405, body: 'method not allowed\n' };
const misdirected: Page = { status: 421, body: 'this is answered for this machine alone\n' };
const failed: Page = { status: 500, body: 'internal error\n' };

/** Answers every request of a server. */
export function statusPages(options: StatusPagesOptions): RequestListener {
  return (request, response) => {
    // Who asks may be gone before the answer; the server hears of it by itself.
    response.on('error', () => undefined);
    detach(
      async () => send(response, await pageFor(request, options)),
      (error) => {
        options.onUnforeseen(error);
        if (response.headersSent) response.destroy();
        else send(response, failed);
      },
    );
  };
}

async function pageFor(
  { method, url = '', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  { health, metricsPage, isForThisMachine }: StatusPagesOptions,
): Promise<Page> {
  if (isForThisMachine?.() === true && !isThisMachine(headers.host)) return misdirected;
  if (method !== 'GET') return notAllowed;
  const [target] = url.split('?', 1);
  if (target === '/metrics') return { status: 200, body: await metricsPage() };
  if (target !== '/healthz') return notFound;
  return healthPages[await health()];
}

function send(response: ServerResponse, { status, body }: Page): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  response.end(body);
}
