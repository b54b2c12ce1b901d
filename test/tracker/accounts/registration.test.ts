/** Who may make an account, with real files of invites and a real store in memory. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import type { ErrorCode } from '../../../src/net/errors.js';
import {
  encodeInvite,
  hashInviteCode,
  invitePathOf,
  inviteFolderOf,
} from '../../../src/net/invites.js';
import type { Registration as Mode } from '../../../src/net/tracker-api.js';
import { Registration } from '../../../src/tracker/accounts/registration.js';
import { openScene, type TrackerScene } from '../tracker-scene.js';
import { testFolder } from '../../fixtures/test-folder.js';

const LATER_MS = 60_000;

/** A tracker that takes accounts so; `code` is an invite for two. */
async function openTracker(t: Test, mode: Mode) {
  const scene = await openScene(t);
  const dataDir = testFolder(t, { invites: {} });
  const registration = new Registration(mode, dataDir);
  Object.assign(scene.context, { registration });
  const put = (code: string, text: string) =>
    writeFile(invitePathOf(dataDir, hashInviteCode(code)), text);
  const expiresAtMs = scene.nowMs + LATER_MS;
  await put('code', encodeInvite({ uses: 2, expiresAtMs }));
  let n = 0;
  const make = async (userId: string, invite?: string): Promise<ErrorCode | 'made'> => {
    const account = { userId, password: 'secret', ...(invite === undefined ? {} : { invite }) };
    try {
      await scene.call(scene.connect('pc', `192.0.2.${++n}`), 'createUser', account);
      return 'made';
    } catch (error) {
      return (error as { code: ErrorCode }).code;
    }
  };
  const files = () => readdir(inviteFolderOf(dataDir));
  return { scene, dataDir, put, make, files, expiresAtMs };
}

async function countOf({ context }: TrackerScene): Promise<number> {
  return (await context.store.counts()).users;
}

t.test('open: everybody, whatever they bring', async (t) => {
  const { make, files } = await openTracker(t, 'open');
  t.equal(await make('anna'), 'made');
  t.equal(await make('ben', 'nonsense'), 'made');
  t.equal(await make('cleo', 'code'), 'made');
  t.equal((await files()).length, 1, 'no invite is used up');
});

t.test('closed: nobody, with a sentence that says so', async (t) => {
  const { scene, make } = await openTracker(t, 'closed');
  t.equal(await make('anna'), 'REGISTRATION_CLOSED');
  t.equal(await make('anna', 'code'), 'REGISTRATION_CLOSED');
  t.equal(await countOf(scene), 0);
  const account = { userId: 'anna', password: 'secret' };
  await t.rejects(scene.call(scene.connect('pc'), 'createUser', account), {
    message: 'this tracker takes no new accounts; ask whoever runs it',
  });
});

t.test('invite: as often as it says, and no more', async (t) => {
  const { scene, make, files, put, expiresAtMs } = await openTracker(t, 'invite');
  for (const invite of [undefined, '', 'nonsense', '../code', 'CODE']) {
    t.equal(await make('anna', invite), 'INVITE_INVALID', String(invite));
  }
  t.equal(await make('anna', ' code\n'), 'made');
  t.same(await files(), [], 'the tracker has it now');
  t.equal(await make('anna', 'code'), 'USER_EXISTS');
  t.equal(await make('ben', 'code'), 'made', 'what was refused has used nothing up');
  t.equal(await make('cleo', 'code'), 'INVITE_INVALID');
  await put('code', encodeInvite({ uses: 5, expiresAtMs }));
  t.equal(await make('cleo', 'code'), 'INVITE_INVALID', 'not even when its file is put back');
  t.equal(await countOf(scene), 2);
});

t.test('invite: not beyond its time, and damaged files are none', async (t) => {
  const { scene, make, put, expiresAtMs } = await openTracker(t, 'invite');
  await put('damaged', '{');
  await put('old', encodeInvite({ uses: 9, expiresAtMs: scene.nowMs }));
  t.equal(await make('anna', 'damaged'), 'INVITE_INVALID');
  t.equal(await make('anna', 'old'), 'INVITE_INVALID');
  t.equal(await make('anna', 'code'), 'made');
  scene.nowMs = expiresAtMs;
  t.equal(await make('ben', 'code'), 'INVITE_INVALID');
});

t.test('of many at once no more come in than it says', async (t) => {
  const { scene, make } = await openTracker(t, 'invite');
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, n) => make(`guest ${n}`.replace(' ', '-'), 'code')),
  );
  t.equal(outcomes.filter((one) => one === 'made').length, 2);
  t.ok(outcomes.every((one) => one === 'made' || one === 'INVITE_INVALID'));
  t.equal(await countOf(scene), 2);
});

t.test('a commit that fails uses nothing up', async (t) => {
  const { scene, make, files } = await openTracker(t, 'invite');
  await scene.withFullDisk(async () => t.not(await make('anna', 'code'), 'made'));
  t.equal((await files()).length, 1);
  t.equal(await make('anna', 'code'), 'made');
  t.equal(await make('ben', 'code'), 'made');
});

t.test('without a folder of invites there are none', async (t) => {
  const scene = await openScene(t);
  const dataDir = testFolder(t, {});
  Object.assign(scene.context, { registration: new Registration('invite', dataDir) });
  const account = { userId: 'anna', password: 'secret', invite: 'code' };
  const making = () => scene.call(scene.connect('pc'), 'createUser', account);
  await t.rejects(making(), { code: 'INVITE_INVALID', message: /--invite-stdin or P2P_INVITE/ });
  await mkdir(invitePathOf(dataDir, hashInviteCode('code')), { recursive: true });
  await t.rejects(making(), { code: 'INVITE_INVALID' });
});
