/** What is told of work that has no peers. */
import t from 'tap';
import type { ClientEvent, EventScope } from '../../../src/main/api/client-events.js';
import { ToldWork } from '../../../src/main/commands/told-work.js';
import { EVENT_PROGRESS_INTERVAL_MS, MiB } from '../../../src/net/limits.js';
import { UsageError } from '../../../src/net/errors.js';

function open(hears: EventScope) {
  const told: string[] = [];
  const event = ({ type, ...facts }: ClientEvent): void => {
    told.push(type === 'progress' && 'done' in facts ? `${type} ${String(facts.done)}` : type);
  };
  return { told, work: new ToldWork({ hears, event }, { work: 'upload', groupId: 'g' }) };
}

const at = (done: number, state: 'reading' | 'repairing' = 'reading') => {
  return { fileName: 'f', size: MiB, done, state, bytesPerSecond: 0 };
};

t.test('the start once, progress now and then, and the end', async (t) => {
  const { told, work } = open('all');
  work.onProgress(at(1), 0);
  work.onProgress(at(2), EVENT_PROGRESS_INTERVAL_MS - 1);
  work.onProgress(at(3), EVENT_PROGRESS_INTERVAL_MS);
  work.onProgress(at(4, 'repairing'), EVENT_PROGRESS_INTERVAL_MS + 1);
  t.equal(await work.until(Promise.resolve(7), 'f', (size) => size), 7);
  await t.rejects(work.until(Promise.reject(new UsageError('no')), 'f', () => 0));
  await t.rejects(work.until(Promise.reject(new Error('bug')), 'f', () => 0));
  t.same(told, ['started', 'progress 1', 'progress 3', 'progress 4', 'done', 'failed']);
});

t.test('nothing to who wants no details', async (t) => {
  const { told, work } = open('news');
  work.onProgress(at(1), 0);
  await work.until(Promise.resolve(7), 'f', (size) => size);
  t.same(told, []);
});
