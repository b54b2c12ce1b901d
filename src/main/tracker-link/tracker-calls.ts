/**
 * Typed calls to the tracker over a JSON-RPC connection, and its notifications, each checked
 * for shape before anyone uses it. Knows nothing of connecting; see tracker-link.ts.
 */
import * as v from 'valibot';
import { TrackerError } from '../../net/errors.js';
import type { JsonRpcConnection } from '../../net/json-rpc.js';
import {
  LIST_TIMEOUT_MS,
  MAX_CONTROL_FRAME_BYTES,
  MAX_LIST_ITEMS,
  MAX_LIST_PAGES,
} from '../../net/limits.js';
import type {
  Page,
  TrackerMethod,
  TrackerMethods,
  TrackerNotification,
  TrackerNotifications,
} from '../../net/tracker-api.js';
import { notificationSchemas, resultSchemas } from './tracker-link-schemas.js';

/** Bytes of a request around its params, with room to spare. */
const REQUEST_ENVELOPE_BYTES = 256;

/** Whoever can ask the tracker: the link, or the fresh connection during its greeting. */
export interface TrackerCalls {
  /**
   * Asks the tracker.
   * @throws TrackerError with the code of its refusal, TIMEOUT, BUSY, CONNECTION_LOST, or
   *   PROTOCOL_VIOLATION when the answer cannot be read
   */
  call<M extends TrackerMethod>(
    method: M,
    params: TrackerMethods[M]['params'],
  ): Promise<TrackerMethods[M]['result']>;
}

/** A notification of the tracker, by name. */
export type TrackerPush = {
  [N in TrackerNotification]: { readonly name: N; readonly payload: TrackerNotifications[N] };
}[TrackerNotification];

/** Calls over one connection. */
export function checkedCalls(rpc: JsonRpcConnection): TrackerCalls {
  return {
    async call(method, params) {
      refuseOversized(method, params);
      const result = v.safeParse(resultSchemas[method], await rpc.call(method, params));
      if (result.success) return result.output;
      throw new TrackerError(
        'PROTOCOL_VIOLATION',
        `the tracker’s answer to ${method} cannot be read; check that it runs the same version of p2p`,
      );
    },
  };
}

/** Checks a notification; undefined when its name is not known here or its shape is wrong. */
export function checkNotification(name: string, payload: unknown): TrackerPush | undefined {
  if (!Object.hasOwn(notificationSchemas, name)) return undefined;
  const known = name as TrackerNotification;
  const result = v.safeParse(notificationSchemas[known], payload);
  return result.success ? ({ name: known, payload: result.output } as TrackerPush) : undefined;
}

/** Methods that answer with pages. */
export type PagedMethod =
  | ('listRequests' | 'listMembers' | 'listInvites' | 'listBans' | 'listGroups' | 'listMemberships')
  | 'describeGroups'
  | ('listFiles' | 'listDevices' | 'history');

/** What the pages of a method hold. */
export type ItemOf<M extends PagedMethod> =
  TrackerMethods[M]['result'] extends Page<infer Item> ? Item : never;

/**
 * Fetches all pages of a list. A tracker at fault could go on for ever, so items, pages and time are
 * bounded. @throws TrackerError, see `call`
 */
export async function listAll<M extends PagedMethod>(
  calls: TrackerCalls,
  method: M,
  params: Omit<TrackerMethods[M]['params'], 'after'>,
  nowMs: () => number = () => performance.now(),
): Promise<ItemOf<M>[]> {
  const items: ItemOf<M>[] = [];
  for await (const page of listPages(calls, method, params, nowMs)) {
    for (const item of page.items) items.push(item as ItemOf<M>);
  }
  return items;
}

/** The same page by page, for what else is in them. @throws TrackerError, see `call` */
export async function* listPages<M extends PagedMethod>(
  calls: TrackerCalls,
  method: M,
  params: Omit<TrackerMethods[M]['params'], 'after'>,
  nowMs: () => number = () => performance.now(),
): AsyncGenerator<TrackerMethods[M]['result']> {
  const deadlineMs = nowMs() + LIST_TIMEOUT_MS;
  let itemCount = 0;
  let after: string | undefined;
  for (let pages = 1; ; pages++) {
    const paged = (after === undefined ? params : { ...params, after }) as unknown;
    const page = await calls.call(method, paged as TrackerMethods[M]['params']);
    itemCount += page.items.length;
    refuseEndlessList(method, page, after, itemCount);
    yield page;
    if (page.next === undefined) return;
    if (pages >= MAX_LIST_PAGES || nowMs() > deadlineMs) throw noEnd(method);
    after = page.next;
  }
}

/** Each page has to bring something new. */
function refuseEndlessList(
  method: PagedMethod,
  page: Page<unknown>,
  after: string | undefined,
  itemCount: number,
): void {
  if (page.next === undefined) return;
  if (page.items.length === 0 || page.next === after) {
    throw noEnd(method);
  }
  if (itemCount > MAX_LIST_ITEMS) {
    throw new TrackerError(
      'LIMIT_REACHED',
      `the list has more than ${MAX_LIST_ITEMS} entries, which is more than p2p can show`,
    );
  }
}

function noEnd(method: PagedMethod): TrackerError {
  return new TrackerError('PROTOCOL_VIOLATION', `the tracker’s answer to ${method} has no end`);
}

/** The tracker would end the connection over such a message, so it is refused here. */
function refuseOversized(method: TrackerMethod, params: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(params)) + REQUEST_ENVELOPE_BYTES;
  if (bytes <= MAX_CONTROL_FRAME_BYTES) return;
  throw new TrackerError(
    'LIMIT_REACHED',
    `the request ${method} is too large for one message; ask for less at a time`,
  );
}
