/** Params from outside: what is taken, what is refused, and what an answer never repeats. */
import t from 'tap';
import { callApi, type ApiMethodName } from '../../../src/main/api/api-methods.js';
import type { EngineApi } from '../../../src/main/api/engine-api.js';

/** An engine that must not be reached. */
const nobody = {} as EngineApi;
const call = { signal: new AbortController().signal, onProgress: () => undefined };

t.test('params that cannot be used are named, and the engine hears nothing', async (t) => {
  const user = { userId: 'alice', password: 'pw' };
  const file = { path: '/x', groupId: 'g', sha256: false };
  const download = {
    groupId: 'g',
    fileName: 'f',
    destination: '/x',
    overwrite: false,
    timeoutMs: 0,
  };
  const table: [ApiMethodName, unknown, string][] = [
    ['createUser', {}, 'userId'],
    ['login', { ...user, password: 7 }, 'password'],
    ['login', { ...user, tracker: { host: 'h', port: 65_536 } }, 'tracker.port'],
    ['login', { ...user, tracker: { host: 'h', port: 1.5 } }, 'tracker.port'],
    ['login', { ...user, tracker: undefined }, 'tracker'],
    ['createGroup', { groupId: ['g'] }, 'groupId'],
    ['createGroup', [], 'groupId'],
    ['kick', { groupId: 'g' }, 'userId'],
    ['upload', { ...file, path: 'relative' }, 'path'],
    ['upload', { ...file, as: null }, 'as'],
    ['upload', { ...file, sha256: 'yes' }, 'sha256'],
    ['startDownload', { ...download, destination: '.' }, 'destination'],
    ['startDownload', { ...download, timeoutMs: -1 }, 'timeoutMs'],
    ['startDownload', { ...download, overwrite: undefined }, 'overwrite'],
    ['waitForDownload', { id: 1 }, 'id'],
    ['fileAt', { groupId: 'g', fileName: 'f' }, 'path'],
    ['cancelDownloads', { id: 'abcd' }, 'keepsPart'],
    ['forgetDownloads', { keepsPart: true }, 'onlyComplete'],
    ['status', 7, 'params'],
  ];
  for (const [name, params, where] of table) {
    const message = `"${where}" of ${name} is missing or cannot be used`;
    await t.rejects(callApi(nobody, name, params, call), { code: 'BAD_REQUEST', message });
  }
});

t.test('a param that is not known is left unread', async (t) => {
  const engine = { whoami: () => Promise.resolve('ann') } as unknown as EngineApi;
  t.equal(await callApi(engine, 'whoami', { isDetatched: true }, call), 'ann');
});

t.test('a name that is no method is refused, also one that every object has', async (t) => {
  for (const name of ['', 'events', 'close', 'constructor', '__proto__', 'x'.repeat(1000)]) {
    const refused = callApi(nobody, name, {}, call);
    await t.rejects(refused, { code: 'BAD_REQUEST', message: /^the running client does not know/ });
    await refused.catch(({ message }: Error) => t.ok(message.length < 120));
  }
});

t.test('a method that is taken back ends at once, with the reason', async (t) => {
  const controller = new AbortController();
  const engine = { listGroups: () => new Promise(() => undefined) } as unknown as EngineApi;
  const waiting = callApi(engine, 'listGroups', {}, { ...call, signal: controller.signal });
  controller.abort(new Error('enough'));
  await t.rejects(waiting, { message: 'enough' });
});
