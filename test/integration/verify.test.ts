/** Damaged, changed and missing files of real peers: found, named, not served, repaired. */
import {
  appendFile,
  chmod,
  link,
  mkdir,
  readdir,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import t from 'tap';
import { openEmbeddedDatabase } from '../../src/net/embedded-database.js';
import { KiB, MiB, VERIFY_READ_BYTES } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { damageFile } from '../fixtures/damage-file.js';
import { GROUP } from '../fixtures/swarm-names.js';

/** Of files as small as these. */
const PIECE = 256 * KiB;
const content = sampleBytes(4 * PIECE - 100);

function verify(client: SwarmClient, more: { fileName?: string; isRepairing?: boolean } = {}) {
  const { isRepairing = false, ...which } = more;
  return client.engine.verify({ groupId: GROUP, ...which, isRepairing }, () => undefined);
}

/** One who shares, one who has downloaded it, and what each of them has. */
async function twoWithIt(t: Parameters<typeof startSwarm>[0], bytes = content, up?: number) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', up === undefined ? {} : { up });
  const bob = await swarm.client('bob');
  await ann.share('a.bin', bytes);
  await writeFile(bob.path('a.bin'), bytes);
  await bob.upload(bob.path('a.bin'));
  return { swarm, ann, bob };
}

t.test('a damaged byte is found and named, and no piece of it is served again', async (t) => {
  const { swarm, ann, bob } = await twoWithIt(t);
  t.match(await verify(bob), { files: 1, bytes: content.length, flawed: [] });
  await damageFile(bob.path('a.bin'), PIECE + 5);
  const told = bob.whenLogged(/no longer served: .*a\.bin is damaged/);
  const { flawed } = await verify(bob);
  const range = { from: PIECE, to: 2 * PIECE };
  t.same(flawed, [
    {
      ...{ groupId: GROUP, fileName: 'a.bin', path: bob.path('a.bin'), size: content.length },
      ...{ state: 'damaged', badPieces: 1, badBytes: PIECE, ranges: [range] },
    },
  ]);
  await told;
  t.match(await bob.engine.status(), { sharedFiles: 0 });
  t.equal(await ann.sources('a.bin'), 1, 'the tracker knows');
  await bob.engine.logout();
  t.match(await bob.logIn(), { restored: 0, skipped: [{ reason: /damaged.*verify --repair/ }] });
  const cid = await swarm.client('cid');
  const { peers } = await cid.download('a.bin');
  t.same(
    peers.map(({ userId }) => userId),
    ['ann'],
  );
});

t.test('what is damaged is fetched from others, and served again', async (t) => {
  const { ann, bob } = await twoWithIt(t);
  await chmod(bob.path('a.bin'), 0o600);
  await damageFile(bob.path('a.bin'), 0);
  await damageFile(bob.path('a.bin'), content.length - 1);
  const { flawed } = await verify(bob, { isRepairing: true });
  const fetched = 2 * PIECE - 100;
  t.match(flawed, [{ badPieces: 2, badBytes: fetched, repair: { state: 'repaired', fetched } }]);
  t.ok((await bob.read('a.bin')).equals(content));
  t.equal((await stat(bob.path('a.bin'))).mode & 0o777, 0o600);
  t.match(await bob.engine.status(), { sharedFiles: 1 });
  t.equal(await ann.sources('a.bin'), 2);
  t.same((await readdir(bob.folder)).sort(), ['a.bin', 'home']);
  t.same((await verify(bob)).flawed, []);
  t.same(await bob.engine.downloads(), [], 'nobody has downloaded anything');
});

t.test('the progress of a check grows, also within one file', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const size = 2 * VERIFY_READ_BYTES + PIECE;
  await writeFile(ann.path('a.bin'), '');
  await truncate(ann.path('a.bin'), size);
  await ann.upload(ann.path('a.bin'));
  const seen: number[] = [];
  const report = await ann.engine.verify({ isRepairing: false }, ({ done }) => seen.push(done));
  t.match(report, { bytes: size, flawed: [] });
  t.same(seen, [0, VERIFY_READ_BYTES, 2 * VERIFY_READ_BYTES, size]);
});

t.test('a file of one piece is repaired as well', async (t) => {
  const small = sampleBytes(1000);
  const { bob } = await twoWithIt(t, small);
  await damageFile(bob.path('a.bin'), 500);
  t.match(await verify(bob, { isRepairing: true }), { flawed: [{ repair: { fetched: 1000 } }] });
  t.ok((await bob.read('a.bin')).equals(small));
  t.match(await bob.engine.status(), { sharedFiles: 1 });
});

t.test('what somebody wrote to is told, and left alone', async (t) => {
  const { bob } = await twoWithIt(t);
  const cases: [state: string, edit: () => Promise<unknown>][] = [
    ['changed', () => writeFile(bob.path('a.bin'), sampleBytes(content.length, 'other'))],
    ['changed', () => appendFile(bob.path('a.bin'), 'more')],
    ['missing', () => rm(bob.path('a.bin'))],
  ];
  for (const [state, edit] of cases) {
    await edit();
    const before = await bob.read('a.bin').catch(() => undefined);
    const { flawed } = await verify(bob);
    t.match(flawed, [{ state, fileName: 'a.bin', badPieces: 0 }]);
    t.notOk(flawed[0]?.repair);
    t.same(await bob.read('a.bin').catch(() => undefined), before);
    t.match(await bob.engine.status(), { sharedFiles: 0 });
  }
});

t.test(
  'a repair brings back what was shared, and keeps what somebody wrote beside it',
  async (t) => {
    const { ann, bob } = await twoWithIt(t);
    const edited = Buffer.from(content);
    edited[PIECE]! ^= 1;
    await writeFile(bob.path('a.bin'), edited);
    await chmod(bob.path('a.bin'), 0o600);
    const olderPath = bob.path('a.bin~1');
    const report = await verify(bob, { isRepairing: true });
    const repair = { state: 'repaired', fetched: PIECE };
    t.match(report.flawed, [{ state: 'changed', repair, olderPath }], 'the rest is copied');
    t.ok((await bob.read('a.bin')).equals(content));
    t.ok((await bob.read('a.bin~1')).equals(edited));
    t.equal((await stat(bob.path('a.bin'))).mode & 0o777, 0o600);

    await appendFile(bob.path('a.bin'), 'more');
    const again = await verify(bob, { isRepairing: true });
    t.match(again.flawed, [{ state: 'changed', olderPath: bob.path('a.bin~2') }]);
    t.equal((await bob.read('a.bin~2')).length, content.length + 4);

    await rm(bob.path('a.bin'));
    const { flawed } = await verify(bob, { isRepairing: true });
    t.match(flawed, [{ state: 'missing', repair: { fetched: content.length } }]);
    t.equal(flawed[0]?.olderPath, undefined);
    t.ok((await bob.read('a.bin')).equals(content));
    t.same((await readdir(bob.folder)).sort(), ['a.bin', 'a.bin~1', 'a.bin~2', 'home']);
    t.match(await bob.engine.status(), { sharedFiles: 1 });
    t.equal(await ann.sources('a.bin'), 2);
    t.same((await verify(bob)).flawed, []);
  },
);

t.test('where something else is shared from the same place too, nothing is put back', async (t) => {
  const { bob } = await twoWithIt(t);
  const edited = sampleBytes(content.length, 'edited');
  await writeFile(bob.path('a.bin'), edited);
  await bob.upload(bob.path('a.bin'), { as: 'b.bin' });
  const { flawed } = await verify(bob, { isRepairing: true });
  const message = /^something else is shared from there as well, as "b.bin" in /;
  t.match(flawed, [{ fileName: 'a.bin', state: 'changed', repair: { error: { message } } }]);
  t.equal(flawed.length, 1);
  t.ok((await bob.read('a.bin')).equals(edited));
});

t.test('what is missing from an empty folder comes back when it is named', async (t) => {
  const scene = await twoWithIt(t);
  const { bob } = scene;
  const path = bob.path('disk/c.bin');
  const small = sampleBytes(PIECE, 'c');
  await mkdir(bob.path('disk'));
  await writeFile(path, small);
  await bob.upload(path, { as: 'a copy' });
  await rm(path);
  const all = await verify(bob, { isRepairing: true });
  const message = /^nothing is left in .*disk: if its disk is there, name the file/;
  t.match(all.flawed, [{ state: 'missing', repair: { state: 'failed', error: { message } } }]);
  t.same(await readdir(bob.path('disk')), []);
  await mkdir(path);
  const other = await verify(bob, { fileName: 'a copy', isRepairing: true });
  t.match(other.flawed, [
    { repair: { state: 'failed', error: { message: /; move it away first$/ } } },
  ]);
  await rm(path, { recursive: true });
  const cid = await scene.swarm.client('cid');
  await cid.share('a copy', small);
  const named = await verify(bob, { fileName: 'a copy', isRepairing: true });
  t.match(named.flawed, [{ state: 'missing', repair: { state: 'repaired', fetched: PIECE } }]);
});

t.test(
  'what nobody has in one group comes from another, where it is shared from the same place',
  async (t) => {
    const { ann, bob } = await twoWithIt(t);
    await ann.engine.createGroup('others');
    await bob.engine.joinGroup('others');
    await ann.engine.acceptRequest('others', 'bob');
    await bob.upload(bob.path('a.bin'), { group: 'others', as: 'b.bin' });
    await ann.upload(ann.path('a.bin'), { group: 'others', as: 'b.bin' });
    await ann.engine.stopShare(GROUP, 'a.bin');
    await rm(bob.path('a.bin'));
    const { flawed } = await verify(bob, { isRepairing: true });
    t.match(flawed, [
      { fileName: 'a.bin', repair: { state: 'repaired', fetched: content.length } },
    ]);
  },
);

t.test('a second name that a killed repair has left goes', async (t) => {
  const { bob } = await twoWithIt(t);
  await link(bob.path('a.bin'), bob.path('a.bin.repair.part'));
  t.same((await verify(bob)).flawed, []);
  t.same((await readdir(bob.folder)).sort(), ['a.bin', 'home']);
  await writeFile(bob.path('a.bin.repair.part'), 'of somebody');
  t.same((await verify(bob)).flawed, []);
  t.equal(String(await bob.read('a.bin.repair.part')), 'of somebody');
});

t.test('where others have a newer version only, a repair leaves what is there', async (t) => {
  const { ann, bob } = await twoWithIt(t);
  await ann.share('a.bin', sampleBytes(content.length, 'newer'), { replace: true });
  await writeFile(bob.path('a.bin'), 'my own');
  const { flawed } = await verify(bob, { isRepairing: true });
  t.match(flawed, [
    { state: 'changed', repair: { state: 'failed', error: { code: 'NO_SUCH_FILE' } } },
  ]);
  t.equal(String(await bob.read('a.bin')), 'my own');
  t.same((await readdir(bob.folder)).sort(), ['a.bin', 'home']);
});

t.test('a file that changes while it is repaired stays as it is then', async (t) => {
  const { ann, bob } = await twoWithIt(t, sampleBytes(MiB), 128 * KiB);
  await damageFile(bob.path('a.bin'), 0);
  const edited = Buffer.from('somebody’s work');
  let isEdited: Promise<void> | undefined;
  const { flawed } = await bob.engine.verify({ isRepairing: true }, ({ phase }) => {
    if (phase === 'repairing') isEdited ??= writeFile(bob.path('a.bin'), edited);
  });
  await isEdited;
  t.match(flawed, [{ repair: { state: 'failed', error: { code: 'FILE_CHANGED' } } }]);
  t.same(await bob.read('a.bin'), edited);
  t.same((await readdir(bob.folder)).sort(), ['a.bin', 'home'], 'no part file is left');
  t.match(await bob.engine.status(), { sharedFiles: 0 });
  t.match(await ann.engine.status(), { sharedFiles: 1 });
});

t.test('one check at a time, of what there is', async (t) => {
  const { bob } = await twoWithIt(t);
  const first = verify(bob);
  await t.rejects(verify(bob), { code: 'BUSY' });
  t.match(await first, { flawed: [] });
  t.match(await verify(bob), { flawed: [] });
  await t.rejects(verify(bob, { fileName: 'b.bin' }), { code: 'NOT_SHARED' });
});

t.test('a check that is called off ends with the reason', async (t) => {
  const { bob } = await twoWithIt(t);
  const signal = AbortSignal.abort(new Error('enough'));
  const request = { isRepairing: false, signal };
  await t.rejects(
    bob.engine.verify(request, () => undefined),
    /enough/,
  );
});

t.test('what is not shared any more, or by nobody, meanwhile, is served by nobody', async (t) => {
  const { bob } = await twoWithIt(t);
  for (const leave of [() => bob.engine.stopShare(GROUP, 'a.bin'), () => bob.engine.logout()]) {
    let left: Promise<void> | undefined;
    const request = { groupId: GROUP, isRepairing: false };
    await bob.engine.verify(request, () => {
      left ??= leave();
    });
    await left;
    t.match(await bob.engine.status(), { sharedFiles: 0 });
    await bob.logIn();
    await bob.upload(bob.path('a.bin'));
    t.match(await bob.engine.status(), { sharedFiles: 1 });
  }
});

t.test('a download beside a share of the same content is checked too', async (t) => {
  const { swarm } = await twoWithIt(t);
  const cid = await swarm.client('cid');
  await cid.download('a.bin');
  await cid.download('a.bin', { destination: cid.path('copy.bin') });
  await damageFile(cid.path('copy.bin'), 7);
  const { files, flawed } = await verify(cid, { isRepairing: true });
  t.equal(files, 2);
  // What is right in the one is copied to the other.
  t.match(flawed, [{ path: cid.path('copy.bin'), repair: { state: 'repaired', fetched: 0 } }]);
  t.ok((await cid.read('copy.bin')).equals(content));
  t.match(await cid.engine.status(), { sharedFiles: 1 });
});

t.test('a download that is not shared any more is checked until it is forgotten', async (t) => {
  const { swarm } = await twoWithIt(t);
  const cid = await swarm.client('cid');
  await cid.download('a.bin');
  await cid.engine.stopShare(GROUP, 'a.bin');
  await damageFile(cid.path('a.bin'), 7);
  const { flawed } = await verify(cid, { isRepairing: true });
  t.match(flawed, [{ path: cid.path('a.bin'), repair: { state: 'repaired', fetched: PIECE } }]);
  t.ok((await cid.read('a.bin')).equals(content));
  t.match(await cid.engine.status(), { sharedFiles: 0 });
  await cid.engine.forgetDownloads({ onlyComplete: false, keepsPart: false });
  await t.rejects(verify(cid), { code: 'NOT_SHARED' });
});

t.test('what was repaired can be repaired again', async (t) => {
  const { swarm } = await twoWithIt(t);
  const cid = await swarm.client('cid');
  await cid.download('a.bin');
  await cid.engine.stopShare(GROUP, 'a.bin');
  const hourAgo = new Date(Date.now() - 3_600_000);
  await utimes(cid.path('a.bin'), hourAgo, hourAgo);
  const library = await openEmbeddedDatabase(cid.path('home/library.db'));
  library.prepare('UPDATE downloads SET finished_at_ms = ?').run(hourAgo.getTime());
  library.close();
  for (const which of ['first', 'second']) {
    await damageFile(cid.path('a.bin'), 7);
    const { flawed } = await verify(cid, { isRepairing: true });
    t.match(flawed, [{ repair: { state: 'repaired', fetched: PIECE } }], which);
  }
});

t.test('of two downloads to one place the later one says what is there', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  await ann.share('a.bin', content);
  await bob.download('a.bin');
  await ann.share('b.bin', sampleBytes(1000, 'b'));
  await bob.download('b.bin', { destination: bob.path('a.bin'), overwrite: true });
  await bob.engine.stopShare(GROUP, 'a.bin');
  await bob.engine.stopShare(GROUP, 'b.bin');
  t.match(await verify(bob), { files: 1, flawed: [] });
  await t.rejects(verify(bob, { fileName: 'a.bin' }), { code: 'NOT_SHARED' });
});

/** Damages a file of a client that is closed, so that not even a time of change tells. */
async function rot(client: SwarmClient, name: string, at: number): Promise<void> {
  await damageFile(client.path(name), at);
  const { ctimeNs } = await stat(client.path(name), { bigint: true });
  const library = await openEmbeddedDatabase(client.path('home/library.db'));
  library.prepare('UPDATE shares SET ctime_ns = ? WHERE name = ?').run(String(ctimeNs), name);
  library.close();
}

t.test('a scrub finds what no look can tell, and it stays withdrawn', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('a.bin', content);
  await ann.share('b.bin', sampleBytes(1000, 'b'));
  await ann.close();
  await rot(ann, 'a.bin', PIECE);
  const scrubbing = await swarm.openClient('ann', { isScrubbing: true });
  await scrubbing.serve();
  t.match(await scrubbing.logIn(), { restored: 2 }, 'its stamp is that of before');
  t.match(await scrubbing.whenLogged(/no longer served/), /a\.bin is damaged/);
  t.match(await scrubbing.engine.status(), { sharedFiles: 1 });
  await scrubbing.close();
  const again = await swarm.openClient('ann');
  await again.serve();
  t.match(await again.logIn(), { restored: 1, skipped: [{ name: 'a.bin', reason: /damaged/ }] });
  const { flawed } = await verify(again);
  t.match(flawed, [{ fileName: 'a.bin', badPieces: 1 }]);
});

t.test('a file that was hashed and is another one by now is told, with what to do', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('a.bin', content);
  await ann.engine.logout();
  await writeFile(ann.path('a.bin'), sampleBytes(content.length, 'other'));
  const told = ann.whenLogged(/not shared again: .*a\.bin has changed .*p2p upload --replace/);
  t.match(await ann.logIn(), { restored: 0, skipped: [{ reason: /is hashed/ }] });
  await told;
  t.match(await ann.engine.status(), { sharedFiles: 0 });
});

t.test('a file that was copied back is hashed, and served again without being asked', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('a.bin', content);
  await ann.engine.logout();
  await rm(ann.path('a.bin'));
  await writeFile(ann.path('a.bin'), content);
  const told = ann.whenLogged(/served again: .*a\.bin/);
  t.match(await ann.logIn(), { restored: 0, skipped: [{ reason: /is hashed/ }] });
  await told;
  const bob = await swarm.client('bob');
  await bob.download('a.bin');
  t.ok((await bob.read('a.bin')).equals(content));
});

t.test(
  'what a killed repair left goes with the next look at its file, and nothing else does',
  async (t) => {
    const { bob } = await twoWithIt(t);
    const left = bob.path('a.bin.repair.part');
    await writeFile(left, content);
    t.match(await verify(bob), { flawed: [] });
    t.same(
      (await readdir(bob.folder)).filter((name) => name.includes('repair')),
      [],
    );
    await writeFile(left, 'a letter');
    t.match(await verify(bob), { flawed: [] });
    t.equal((await stat(left)).size, 8, 'of another size it is not ours');
  },
);

t.test('a repair begins anew in what a killed one left, whatever that held', async (t) => {
  const { bob } = await twoWithIt(t);
  const left = bob.path('a.bin.repair.part');
  // Made; made as long as it is to be; half copied.
  const kills = [
    () => writeFile(left, ''),
    async () => {
      await writeFile(left, '');
      await truncate(left, content.length);
    },
    () =>
      writeFile(
        left,
        Buffer.concat([content.subarray(0, 2 * PIECE), Buffer.alloc(2 * PIECE - 100)]),
      ),
  ];
  for (const kill of kills) {
    await damageFile(bob.path('a.bin'), PIECE + 5);
    await kill();
    const { flawed } = await verify(bob, { isRepairing: true });
    t.match(flawed, [{ repair: { state: 'repaired', fetched: PIECE } }]);
    t.ok((await bob.read('a.bin')).equals(content));
    t.same((await readdir(bob.folder)).sort(), ['a.bin', 'home']);
  }
});

t.test('a repair that is called off leaves the damaged file, and no part of it', async (t) => {
  const { bob } = await twoWithIt(t, sampleBytes(MiB), 128 * KiB);
  await damageFile(bob.path('a.bin'), 0);
  const damaged = await bob.read('a.bin');
  const stopping = new AbortController();
  const { signal } = stopping;
  const request = { groupId: GROUP, isRepairing: true, signal };
  const ended = bob.engine.verify(request, ({ phase }) => {
    if (phase === 'repairing') stopping.abort(new Error('enough'));
  });
  await t.rejects(ended, /enough/);
  t.same(await bob.read('a.bin'), damaged);
  t.same((await readdir(bob.folder)).sort(), ['a.bin', 'home']);
});

for (const mode of [0o400, 0o600, 0o644, 0o777]) {
  t.test(`a repaired file keeps the mode ${mode.toString(8)}`, async (t) => {
    const { bob } = await twoWithIt(t);
    await damageFile(bob.path('a.bin'), 0);
    await chmod(bob.path('a.bin'), mode);
    const { flawed } = await verify(bob, { isRepairing: true });
    t.match(flawed, [{ repair: { state: 'repaired', fetched: PIECE } }]);
    t.equal((await stat(bob.path('a.bin'))).mode & 0o777, mode);
  });
}
