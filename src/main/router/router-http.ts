/** One request over HTTP to a router: bounded in time and size, follows nothing. */
import { request } from 'node:http';
import { deadlineOf } from '../../net/deadline.js';
import { MAX_ROUTER_ANSWER_BYTES, ROUTER_HTTP_MS } from '../../net/limits.js';

export interface RouterOrder {
  readonly url: URL;
  /** The address of this machine by which it goes out. */
  readonly from: string;
  /** SOAP; without it the place is only read. */
  readonly soap?: { readonly action: string; readonly body: string };
  readonly signal: AbortSignal;
}

/** The text of an answer, whatever its status, and that; undefined when there is none, or too much of it. */
export function askRouter(
  order: RouterOrder,
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  const { url, from, soap, signal } = order;
  const deadline = deadlineOf(signal, ROUTER_HTTP_MS);
  return new Promise((resolve) => {
    const headers = soap && {
      'Content-Type': 'text/xml; charset="utf-8"',
      'Content-Length': Buffer.byteLength(soap.body),
      SOAPAction: `"${soap.action}"`,
    };
    const asked = request(
      url,
      {
        method: soap ? 'POST' : 'GET',
        agent: false,
        localAddress: from,
        signal: deadline.signal,
        headers: { ...headers, Connection: 'close' },
      },
      (answer) => {
        const parts: Buffer[] = [];
        let size = 0;
        answer.on('data', (part: Buffer) => {
          size += part.length;
          if (size > MAX_ROUTER_ANSWER_BYTES) asked.destroy();
          else parts.push(part);
        });
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() });
        });
        answer.on('error', () => resolve(undefined));
      },
    );
    asked.on('error', () => resolve(undefined));
    asked.on('close', () => {
      deadline.release();
      resolve(undefined);
    });
    asked.end(soap?.body);
  });
}
