/** Answers a guest with a page of ours; the connection ends with it, because what may follow is not wanted. */
import type { ServerResponse } from 'node:http';
import { TOO_OFTEN } from './guest-pages.js';

export function sendPage(
  response: ServerResponse,
  status: number,
  page: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(page)),
    Connection: 'close',
  });
  response.end(page);
}

/** To whoever has to wait a while. */
export function tooOften(response: ServerResponse): void {
  sendPage(response, 429, TOO_OFTEN, { 'Retry-After': '60' });
}
