import t from 'tap';
import {
  checkNotification,
  listAll,
  type TrackerCalls,
} from '../../../src/main/tracker-link/tracker-calls.js';
import { LIST_TIMEOUT_MS, MAX_LIST_PAGES } from '../../../src/net/limits.js';
import type { Page } from '../../../src/net/tracker-api.js';
import { at } from '../../fixtures/incarnations.js';

/** A tracker that answers with these pages, and what was asked of it. */
function pagedCalls(pages: Page<string>[]) {
  const asked: unknown[] = [];
  const calls = {
    call: async (_method: string, params: unknown) => {
      asked.push(params);
      return pages[asked.length - 1];
    },
  } as TrackerCalls;
  return { calls, asked };
}

t.test('all pages of a list are fetched, in order', async (t) => {
  const { calls, asked } = pagedCalls([
    { items: ['a', 'b'], next: 'b' },
    { items: ['c'], next: 'c' },
    { items: [] },
  ]);
  t.same(await listAll(calls, 'listRequests', { groupId: 'g' }), ['a', 'b', 'c']);
  t.same(asked, [{ groupId: 'g' }, { groupId: 'g', after: 'b' }, { groupId: 'g', after: 'c' }]);
});

t.test('a list that does not get on is given up', async (t) => {
  const standing = pagedCalls([
    { items: ['a'], next: 'a' },
    { items: ['a'], next: 'a' },
  ]);
  await t.rejects(listAll(standing.calls, 'listGroups', {}), { code: 'PROTOCOL_VIOLATION' });
  const empty = pagedCalls([{ items: [], next: 'a' }]);
  await t.rejects(listAll(empty.calls, 'listGroups', {}), { code: 'PROTOCOL_VIOLATION' });
});

/** A tracker whose list has one new item on each page and never ends. */
function endlessCalls() {
  let asked = 0;
  const call = async () => ({ items: [`item ${++asked}`], next: `${asked}` });
  return { calls: { call } as unknown as TrackerCalls, asked: () => asked };
}

t.test('a list without end is given up after so many pages', async (t) => {
  const { calls, asked } = endlessCalls();
  const listed = listAll(calls, 'listGroups', {}, () => 0);
  await t.rejects(listed, { code: 'PROTOCOL_VIOLATION', message: /has no end/ });
  t.equal(asked(), MAX_LIST_PAGES);
});

t.test('a list that takes too long is given up', async (t) => {
  const { calls, asked } = endlessCalls();
  const listed = listAll(calls, 'listGroups', {}, () => (asked() * LIST_TIMEOUT_MS) / 10);
  await t.rejects(listed, { code: 'PROTOCOL_VIOLATION', message: /has no end/ });
  t.equal(asked(), 11);
});

t.test('only notifications that are known and whole pass', async (t) => {
  const payload = { groupId: 'g', state: 'member', ...at(1) };
  t.same(checkNotification('membership', { ...payload, more: 1 }), { name: 'membership', payload });
  for (const wrong of [null, [], {}, { ...payload, state: 'king' }, { ...payload, epoch: -1 }]) {
    t.equal(checkNotification('membership', wrong), undefined, JSON.stringify(wrong));
  }
  t.equal(checkNotification('constructor', {}), undefined);
});

t.test('a peer has IP addresses and no names', async (t) => {
  const online = (host: string) => [
    { deviceId: 'ab'.repeat(32), userId: 'ann', addresses: [{ host, port: 1 }], complete: true },
  ];
  const peers = (host: string) =>
    checkNotification('peers', {
      groupId: 'g',
      fileId: 'cd'.repeat(32),
      online: online(host),
      gone: [],
    });
  for (const host of ['192.0.2.1', '2001:db8::1']) t.ok(peers(host), host);
  for (const host of ['localhost', 'a.example', '', '1.2.3']) t.notOk(peers(host), host);
});
