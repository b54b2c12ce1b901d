/**
 * Files of a shared folder that change while others download it, or before anybody does: the other
 * files still come, no wrong byte is taken for a right one, and each side is told of which file.
 */
import {
  appendFile,
  mkdir,
  open,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { makeTree, readTree, type Tree } from '../fixtures/folder-tree.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';

const FILM_BYTES = 2 * MiB + 17;

/** The film is what changes, the others are what still comes. */
function albumOf(name: string): Tree {
  return {
    'first.bin': sampleBytes(MiB, `first ${name}`),
    'inner/a': sampleBytes(3_000, `a ${name}`),
    'inner/b': sampleBytes(4_000, `b ${name}`),
    'zoo/film.bin': sampleBytes(FILM_BYTES, `film ${name}`),
  };
}

const others = MiB + 7_000;
const otherFilm = sampleBytes(FILM_BYTES, 'other');

/** What may happen to a file, each in an album of its own; `aside` is a place beside it. */
const changes: Readonly<Record<string, (film: string, aside: string) => Promise<void>>> = {
  written: async (film) => {
    const file = await open(film, 'r+');
    for (let at = 0; at < 2 * MiB; at += 64 * KiB) await file.write('EDITED', at);
    await file.close();
  },
  longer: (film) => appendFile(film, 'more'),
  shorter: (film) => truncate(film, 5),
  deleted: (film) => rm(film),
  renamed: async (film, aside) => {
    await writeFile(aside, otherFilm);
    await rename(aside, film);
  },
  linked: async (film, aside) => {
    await rename(film, aside);
    await symlink(aside, film);
  },
  'in-a-linked-folder': async (film, aside) => {
    await rm(dirname(film), { recursive: true });
    await makeTree(aside, { 'film.bin': otherFilm });
    await symlink(aside, dirname(film));
  },
};
const albums = Object.keys(changes);

/** Ann shares an album for each thing that may happen to a film. */
async function scene(t: Test, names: readonly string[], up?: number) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', up === undefined ? {} : { up });
  for (const name of names) await shareAlbum(ann, name);
  const change = (name: string): Promise<void> =>
    changes[name]!(filmOf(ann, name), ann.path(`aside ${name}`));
  return { swarm, ann, bob: await swarm.client('bob'), change };
}

async function shareAlbum(client: SwarmClient, name: string): Promise<void> {
  await makeTree(client.path(name), albumOf(name));
  await client.upload(client.path(name));
}

function filmOf(client: SwarmClient, name: string): string {
  return client.path(`${name}/zoo/film.bin`);
}

/** What the one who shares it is told. */
function toldOf(name: string): RegExp {
  return new RegExp(`/${name} \\(zoo/film\\.bin in it\\) has changed since it was shared; `);
}

/** What the one who downloads it is told. */
const lacked = {
  code: 'TIMEOUT',
  message: /nobody who is online has zoo\/film\.bin as it was shared; what is verified is kept/,
};
/** Longer than a refused peer is waited for, twice, that then serves what remains, on a machine with other work. */
const timeoutMs = 25_000;

t.test('a file that changes while its folder is downloaded', async (t) => {
  const { swarm, ann, bob, change } = await scene(t, albums, 3 * MiB);
  const endings = albums.map(async (name) => {
    const id = await bob.start(name, { timeoutMs });
    await bob.whenProgress(id, ({ verified }) => verified > 0);
    const told = ann.whenLogged(toldOf(name));
    await change(name);
    await t.rejects(bob.finish(id), lacked, `${name}: the downloader is told of the file`);
    t.match(await told, /^no longer served: /);
    const { verified, peers } = await bob.progress(id);
    t.ok(verified >= others, `${name}: the others have come, ${verified}`);
    for (const { badPieces } of peers) t.equal(badPieces, 0, `${name}: no wrong byte has left`);
  });
  await Promise.all(endings);
  const cy = await swarm.client('cy');
  for (const name of albums) await shareAlbum(cy, name);
  for (const name of albums) {
    await bob.download(name);
    t.same(await readTree(bob.path(name)), albumOf(name), `${name}: it ends from another holder`);
  }
});

t.test('a file that changes before anybody serves its folder', async (t) => {
  const { ann, bob, change } = await scene(t, albums);
  await ann.engine.logout();
  for (const name of albums) await change(name);
  const { restored, skipped } = await ann.logIn();
  t.equal(restored, 0);
  t.equal(skipped.length, albums.length);
  for (const { reason } of skipped) t.match(reason, /since it was shared; /);
  for (const name of albums) {
    t.match(await ann.whenLogged(toldOf(name)), /^not shared again: /);
  }
  const ids = await Promise.all(albums.map((name) => bob.start(name, { timeoutMs })));
  for (const [index, id] of ids.entries()) {
    await t.rejects(bob.finish(id), lacked, albums[index] ?? '');
    t.match(await bob.progress(id), { verified: others });
  }
  for (const share of await ann.engine.shares(undefined)) t.match(share, { state: 'changed' });
});

t.test('a small file takes only those along that are in its piece', async (t) => {
  const { ann, bob } = await scene(t, ['album']);
  await appendFile(ann.path('album/inner/a'), 'more');
  const id = await bob.start('album', { timeoutMs });
  const message = /nobody who is online has inner\/a, inner\/b as it was/;
  await t.rejects(bob.finish(id), { message });
  t.match(await bob.progress(id), { verified: MiB + FILM_BYTES });
});

t.test('put back, all of it is served again', async (t) => {
  const { ann, bob } = await scene(t, ['album']);
  const film = filmOf(ann, 'album');
  await mkdir(ann.path('aside'));
  await rename(film, ann.path('aside/film.bin'));
  const id = await bob.start('album');
  t.match(await ann.whenLogged(/no longer served/), toldOf('album'));
  await bob.whenProgress(id, ({ verified }) => verified === others);
  await bob.listed('album', { sources: 0, partly: 2 }, 'friends');
  t.pass('both have some of it');
  await rename(ann.path('aside/film.bin'), film);
  await ann.engine.verify({ isRepairing: false }, () => undefined);
  t.match(await ann.whenLogged(/served again/), /album/);
  await bob.finish(id);
  t.same(await readTree(bob.path('album')), albumOf('album'));
});
