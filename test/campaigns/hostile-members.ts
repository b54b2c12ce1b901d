/**
 * Hostile members and strangers at a tracker: calls put together by chance, well-formed and not,
 * in any order, on connections that come and go, beside an honest client; every method of the tracker is
 * among them, which types hold. Checked: no error that
 * nobody foresaw, no answer INTERNAL, the honest client is never refused. Its times are printed.
 * The tracker's steady clock runs fast, so that its rates do not keep the campaign from asking.
 */
import { TrackerError } from '../../src/net/errors.js';
import type { PeerAddress, TrackerMethod } from '../../src/net/tracker-api.js';
import { systemClock } from '../../src/tracker/clock.js';
import { startTracker } from '../../src/tracker/tracker.js';
import { runCampaign, type Campaign } from '../fixtures/campaign.js';
import { HonestClient } from '../fixtures/honest-client.js';
import {
  connect,
  createDevice,
  sampleFile,
  type Device,
  type TrackerClient,
} from '../tracker/tracker-client.js';

const MEMBERS = 8;
const STRANGERS = 2;
/** Calls that a hostile client has under way at a time. */
const AT_A_TIME = 6;
const SHORT_MS = 75_000;
const SPEED = 1_000;

const users = ['honest', ...Array.from({ length: MEMBERS }, (_, n) => `mallory-${n}`), 'nobody'];
const groups = ['g', 'h', 'board', 'honest-group', 'nowhere'];
const names = ['film', 'cat.jpg', 'a b', '..', '', 'x'.repeat(300), 7, null, 'toString'];
const files = Array.from({ length: 6 }, (_, n) => sampleFile(n + 1, 1 + n * 1_000));
const odd = [undefined, null, -1, 1e400, '', [], {}, 'x'.repeat(5_000), { __proto__: 1 }, '\u0000'];

/** Draws one of a list. */
type Pick = <T>(list: readonly T[]) => T;

/** A method that the tracker has and that is not called here is an error of types. */
const known: Readonly<Record<TrackerMethod, (pick: Pick) => Record<string, unknown>>> = {
  createUser: (pick) => ({ userId: pick(users), password: 'secret', invite: pick(['', 'x']) }),
  login: (pick) => ({ userId: pick(users), password: pick(['secret', 'wrong']) }),
  resume: (pick) => ({ token: pick(['', 'A'.repeat(44)]) }),
  logout: () => ({}),
  changePassword: (pick) => ({ oldPassword: pick(['secret', 'wrong']), newPassword: 'secret' }),
  listDevices: (pick) => ({ after: pick(groups) }),
  logoutDevice: (pick) => ({ deviceId: pick(['ab'.repeat(32), undefined]) }),
  createGroup: (pick) => ({ groupId: pick(groups) }),
  joinGroup: (pick) => ({ groupId: pick(groups) }),
  leaveGroup: (pick) => ({ groupId: pick(groups) }),
  listRequests: (pick) => ({ groupId: pick(groups) }),
  acceptRequest: (pick) => ({ groupId: pick(groups), userId: pick(users) }),
  rejectRequest: (pick) => ({ groupId: pick(groups), userId: pick(users) }),
  kick: (pick) => ({ groupId: pick(groups), userId: pick(users) }),
  transferOwner: (pick) => ({ groupId: pick(groups), userId: pick(users) }),
  listGroups: (pick) => ({ after: pick(groups) }),
  listMemberships: () => ({}),
  listFiles: (pick) => ({ groupId: pick(groups), after: pick(groups) }),
  fileInfo: (pick) => ({ groupId: pick(groups), name: pick(names) }),
  describeFiles: (pick) => ({
    groupId: pick(groups),
    names: [pick(names), pick(names)],
    wantPeers: pick([true, false]),
  }),
  getDescription: (pick) => ({
    groupId: pick(groups),
    fileId: pick(files).fileId,
    offset: pick([0, 1, 40_960, 1e9]),
  }),
  putDescription: (pick) => slice(pick),
  shareFile: (pick) => ({ groupId: pick(groups), name: pick(names), ...content(pick) }),
  shareFiles: (pick) => ({
    groupId: pick(groups),
    files: [1, 2, 3].map(() => ({ name: pick(names), ...content(pick) })),
    announce: pick([true, false]),
  }),
  stopShare: (pick) => ({ groupId: pick(groups), name: pick(names) }),
  goOnline: (pick) => ({ addresses: [{ host: '0.0.0.0', port: pick([1, 4_000, 65_535, 0]) }] }),
  announce: (pick) => ({
    files: [1, 2, 3].map(() => ({
      groupId: pick(groups),
      fileId: pick(files).fileId,
      state: pick(['complete', 'partial', 'gone']),
    })),
  }),
  watch: (pick) => ({ groupId: pick(groups), fileId: pick(files).fileId }),
  unwatch: (pick) => ({ groupId: pick(groups), fileId: pick(files).fileId }),
  ticket: (pick) => ({ groupId: pick(groups) }),
};
const calls: Readonly<Record<string, (pick: Pick) => Record<string, unknown>>> = {
  ...known,
  made_up: () => ({}),
};
/** They cost a hash, or end what the others work with: a lane comes to one of them now and then. */
const rare = ['createUser', 'login', 'resume', 'logout', 'changePassword', 'logoutDevice'];
const usual = Object.keys(calls).filter((method) => !rare.includes(method));

await runCampaign('hostile-members', async (campaign) => {
  const { folder, isShort, check, say } = campaign;
  const unforeseen: string[] = [];
  const tracker = await startTracker({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder,
    peerTransport: 'tls',
    accountsPerDay: users.length,
    clock: { ...systemClock, steadyMs: () => performance.now() * SPEED },
    log: ({ event, fields }) => {
      if (event === 'request failed') unforeseen.push(String(fields?.['reason']));
    },
  });
  const honest = await HonestClient.enter(tracker.address, 'honest');
  say(`alone: ${await honest.measure(1_000)}`);
  const beside = honest.begin();
  const hostile = await misbehave(campaign, tracker.address, isShort ? 100_000 : 2_000_000);
  say(`${hostile.sent} calls; ${JSON.stringify(hostile.codes)}`);
  say(`beside them: ${await beside.end()}`);
  check(hostile.sent > 1_000, 'the hostile clients were at work');
  check(hostile.codes['INTERNAL'] === undefined, 'nothing is answered with INTERNAL');
  check(unforeseen.length === 0, `no error that nobody foresaw ${unforeseen[0] ?? ''}`);
  check(
    honest.refusals.length === 0,
    `the honest client is never refused ${honest.refusals[0] ?? ''}`,
  );
  await honest.close();
  await tracker.close();
});

async function misbehave({ random, isShort }: Campaign, address: PeerAddress, count: number) {
  const result = { sent: 0, codes: {} as Record<string, number> };
  const deadline = performance.now() + (isShort ? SHORT_MS : Infinity);
  const isOver = (): boolean => result.sent >= count || performance.now() > deadline;
  const pick: Pick = (list) => list[Math.floor(random() * list.length)]!;
  const ask = async (client: TrackerClient, method: string, params: unknown): Promise<string> => {
    result.sent++;
    const code = await client.callRaw(method, params).then(
      () => 'ok',
      (error: unknown) => (error instanceof TrackerError ? error.code : 'odd error'),
    );
    result.codes[code] = (result.codes[code] ?? 0) + 1;
    return code;
  };
  /** One connection's life; ends when it is lost, or by itself after a while. */
  const live = async (device: Device, userId: string | undefined): Promise<void> => {
    const client = await connect(address, random() < 0.9 ? device.credentials : undefined);
    const account = { userId, password: 'secret' };
    if (userId !== undefined && (await ask(client, 'login', account)) !== 'ok') {
      await ask(client, 'createUser', account);
      await ask(client, 'login', account);
    }
    const lane = async (): Promise<void> => {
      for (let n = 0; n < 400 && !isOver(); n++) {
        const method = pick(random() < 0.02 ? rare : usual);
        const params = calls[method]!(pick);
        if (random() < 0.1) params[pick(Object.keys(params).concat('x'))] = pick(odd);
        if ((await ask(client, method, params)) === 'CONNECTION_LOST') return;
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, lane));
    await client.close();
  };
  const client = async (userId: string | undefined): Promise<void> => {
    const devices = [createDevice(), createDevice()];
    while (!isOver()) await live(pick(devices), userId).catch(() => undefined);
  };
  const members = users.slice(1, MEMBERS + 1).map((userId) => client(userId));
  const strangers = Array.from({ length: STRANGERS }, () => client(undefined));
  await Promise.all([...members, ...strangers]);
  return result;
}

function content(pick: Pick): Record<string, unknown> {
  const { fileId, description } = pick(files);
  const isShort = description.length < 20_000;
  return pick([true, false]) && isShort ? { fileId, description } : { fileId };
}

function slice(pick: Pick): Record<string, unknown> {
  const { fileId, bytes } = pick(files);
  const offset = pick([0, 0, 40_960, 7]);
  const part = bytes.subarray(offset, offset + pick([40_960, 40_960, 100, 0]));
  return { fileId, offset, totalBytes: bytes.length, bytes: part.toString('base64') };
}
