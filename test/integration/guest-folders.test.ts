/** Folders for guests: as archives that are made while they are taken. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import t from 'tap';
import { MiB, KiB } from '../../src/net/limits.js';
import { makeOldProgram, makeTree, type Tree } from '../fixtures/folder-tree.js';
import { guestScene } from '../fixtures/guest-scene.js';
import { readArchive, whyNoReader } from '../fixtures/read-archive.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';

const skip = await whyNoReader();
const FORMS = ['zip', 'tar'] as const;

const album: Tree = {
  'a film.mkv': sampleBytes(2 * MiB + 11, 'film'),
  'cover.jpg': sampleBytes(40 * KiB, 'cover'),
  'empty file': Buffer.alloc(0),
  'nothing/': Buffer.alloc(0),
  'sub/über.txt': Buffer.from('ü'),
  'sub/run.sh': Buffer.from('#!/bin/sh\n'),
  'z last.bin': sampleBytes(MiB, 'last'),
};

async function share(client: SwarmClient, name: string, tree: Tree): Promise<void> {
  await makeTree(client.path(name), tree);
  if (tree['sub/run.sh']) await makeOldProgram(client.path(`${name}/sub/run.sh`), 1_000_000_000);
  await client.upload(client.path(name));
}

/** Paths, hashes and rights, as an archive and a tree have them. */
function facts(tree: Tree): unknown[] {
  return Object.entries(tree)
    .map(([path, bytes]) => [
      `album/${path.replace(/\/$/, '')}`,
      path.endsWith('/') ? undefined : createHash('sha256').update(bytes).digest('hex'),
      path.endsWith('/') || path.endsWith('.sh') ? 0o755 : 0o644,
    ])
    .sort();
}

async function factsOfArchive(client: SwarmClient, form: 'zip' | 'tar', bytes: Buffer) {
  const path = client.path(`taken.${form}`);
  await writeFile(path, bytes);
  const found = await readArchive(path, form);
  return found.map(({ path, sha256, mode }) => [path.replace(/\/$/, ''), sha256, mode]).sort();
}

t.test('a guest takes a folder that lies here, as zip or as tar', { skip }, async (t) => {
  const { ann, guest, link, takenOf, noted } = await guestScene(t);
  await share(ann, 'album', album);
  const { path, id } = await link('album');
  for (const [index, form] of FORMS.entries()) {
    const way = form === 'zip' ? path : `${path}?as=tar`;
    const head = await guest.ask(way, { method: 'HEAD' });
    t.match(head.headers, {
      'content-type': form === 'zip' ? 'application/zip' : 'application/x-tar',
      'content-disposition': new RegExp(`^attachment; filename="album.${form}"`),
      'accept-ranges': form === 'zip' ? 'none' : 'bytes',
    });
    const answer = await guest.ask(way);
    t.equal(answer.status, 200);
    t.equal(String(answer.body.length), head.headers['content-length']);
    t.same(await factsOfArchive(ann, form, answer.body), facts(album));
    t.equal(await takenOf(id), index + 1);
  }
  t.same(await noted(), ['ann album', 'ann album']);
  const whole = await guest.ask(path, { headers: { range: 'bytes=5-' } });
  t.equal(whole.status, 200, 'nobody goes on with a zip file');
});

t.test('a guest goes on with a tar file', async (t) => {
  const { ann, guest, link, takenOf } = await guestScene(t);
  await share(ann, 'album', album);
  const { path, id } = await link('album', { downloads: 1 });
  const { body, headers } = await guest.ask(`${path}?as=tar`);
  const etag = String(headers.etag);
  for (const first of [1, 512, MiB, body.length - 1]) {
    const range = { range: `bytes=${first}-`, 'if-range': etag };
    const rest = await guest.ask(`${path}?as=tar`, { headers: range });
    t.equal(rest.status, 206);
    t.ok(rest.body.equals(body.subarray(first)), `from ${first}`);
  }
  t.equal(await takenOf(id), 1);
});

t.test('what the member lacks of a folder comes from the others', { skip }, async (t) => {
  const { swarm, ann, server, guest, link, spoolPath } = await guestScene(t);
  const bob = await swarm.client('bob');
  await share(bob, 'album', album);
  await bob.listed('album', { sources: 1 });
  const { path } = await link('album');
  const [zip, tar, later] = await Promise.all([
    guest.ask(path),
    guest.ask(`${path}?as=tar`),
    guest.ask(`${path}?as=tar`, { headers: { range: `bytes=${MiB}-` } }),
  ]);
  t.same(await factsOfArchive(ann, 'zip', zip.body), facts(album));
  t.same(await factsOfArchive(ann, 'tar', tar.body), facts(album));
  t.ok(later.body.equals(tar.body.subarray(MiB)));
  const again = await guest.ask(path);
  t.ok(again.body.equals(zip.body), 'once it is whole it is the same');
  t.equal((await readdir(spoolPath)).length, 1, 'all have it from one download');
  await server.close();
  t.same(await readdir(spoolPath), []);
  t.same(await ann.engine.downloads(), []);
  t.same(await ann.engine.shares(undefined), []);
});

t.test('a guest gets the beginning of a folder while the rest is still to come', async (t) => {
  const { swarm, guest, link } = await guestScene(t);
  const bob = await swarm.client('bob', { up: MiB });
  await share(bob, 'long', { 'film.mkv': sampleBytes(8 * MiB, 'long'), note: Buffer.from('n') });
  await bob.listed('long', { sources: 1 });
  const { path } = await link('long');
  const answer = await guest.begin(path);
  const [first] = (await once(answer, 'data')) as [Buffer];
  t.equal(first.subarray(0, 4).toString('latin1'), 'PK\x03\x04');
  answer.destroy();
});

t.test('a folder that changes is cut off, and nobody takes it for whole', async (t) => {
  const { ann, guest, link } = await guestScene(t);
  const long = { 'a.bin': sampleBytes(24 * MiB, 'a'), 'b.bin': sampleBytes(12 * MiB, 'b') };
  for (const form of FORMS) {
    await share(ann, form, long);
    const { path } = await link(form);
    const answer = await guest.begin(`${path}?as=${form}`);
    answer.on('error', () => undefined);
    const [first] = (await once(answer, 'data')) as [Buffer];
    answer.pause();
    const soon = new Date(Date.now() + 5_000);
    await utimes(ann.path(`${form}/b.bin`), soon, soon);
    let length = first.length;
    answer.on('data', (bytes: Buffer) => (length += bytes.length));
    const closed = new Promise((resolve) => answer.once('close', resolve));
    answer.resume();
    await closed;
    t.ok(length < Number(answer.headers['content-length']), 'it is cut off');
    t.equal(answer.complete, false);
  }
});

t.test('a password leads to the form that was asked for', async (t) => {
  const { ann, guest, link } = await guestScene(t);
  await share(ann, 'album', album);
  const { path } = await link('album', { password: 'open sesame' });
  const right = await guest.ask(`${path}?as=tar`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'password=open+sesame',
  });
  t.match(right, { status: 303, headers: { location: `${path}?as=tar` } });
});
