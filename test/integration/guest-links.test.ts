/** Links for guests: what a guest gets, what it costs, and what the group hears of it. */
import { once } from 'node:events';
import { link as linkFile, readdir, readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { MAX_GUEST_LINK_LIFETIME_MS } from '../../src/net/limits.js';
import { guestScene } from '../fixtures/guest-scene.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { GROUP } from '../fixtures/swarm-names.js';

const MIB = 1024 * 1024;
const film = sampleBytes(3 * MIB + 17, 'film');

t.test('a guest takes a file that lies here, whole and in parts', async (t) => {
  const { ann, guest, link, takenOf, noted } = await guestScene(t);
  await ann.share('film.mkv', film);
  const { path, id } = await link('film.mkv');
  const whole = await guest.ask(path);
  t.match(whole, {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': /^attachment; filename="film.mkv"/,
      'content-length': String(film.length),
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': /^default-src 'none'/,
    },
  });
  t.ok(whole.body.equals(film));
  t.equal(await takenOf(id), 1);
  const etag = String(whole.headers.etag);

  const cases: readonly (readonly [Record<string, string>, number, Buffer])[] = [
    [{ range: 'bytes=1-' }, 206, film.subarray(1)],
    [{ range: 'bytes=5-9' }, 206, film.subarray(5, 10)],
    [{ range: 'bytes=-4' }, 206, film.subarray(-4)],
    [{ range: `bytes=${2 * MIB}-`, 'if-range': etag }, 206, film.subarray(2 * MIB)],
  ];
  for (const [headers, status, bytes] of cases) {
    const answer = await guest.ask(path, { headers });
    t.equal(answer.status, status, String(headers['range']));
    t.ok(answer.body.equals(bytes), String(headers['range']));
  }
  t.equal(await takenOf(id), 1, 'what goes on does not count again');
  const other = await guest.ask(path, { headers: { range: 'bytes=5-9', 'if-range': '"other"' } });
  t.equal(other.body.length, film.length, 'a range of another file is none');
  t.equal(await takenOf(id), 2);
  const beyond = await guest.ask(path, { headers: { range: `bytes=${film.length}-` } });
  t.match(beyond, { status: 416, headers: { 'content-range': `bytes */${film.length}` } });
  const head = await guest.ask(path, { method: 'HEAD', headers: { range: 'bytes=0-0' } });
  t.match(head, { status: 200, headers: { etag, 'content-length': String(film.length) } });
  t.equal(head.body.length, 0);
  t.equal(await takenOf(id), 2, 'a look costs nothing');
  t.same(await noted(), ['ann film.mkv', 'ann film.mkv']);
});

t.test('a file without bytes is one', async (t) => {
  const { ann, guest, link, takenOf } = await guestScene(t);
  await ann.share('empty', Buffer.alloc(0));
  const { path, id } = await link('empty');
  t.match(await guest.ask(path), { status: 200, headers: { 'content-length': '0' } });
  t.equal(await takenOf(id), 1);
});

t.test('what is used up, expired, ended or guessed is the same nothing', async (t) => {
  const { ann, guest, link, takenOf } = await guestScene(t);
  await ann.share('film.mkv', film);
  const used = await link('film.mkv', { downloads: 1 });
  t.equal((await guest.ask(used.path)).status, 200);
  const ended = await link('film.mkv');
  await ann.engine.revokeGuestLink(ended.id.slice(0, 12));
  const expired = await link('film.mkv', { lifetimeMs: 0 });
  const guessed = ended.path.replace(/g\/.{43}/, `g/${'A'.repeat(43)}`);
  const unguarded = await link('film.mkv', { password: 'x' });
  await ann.engine.revokeGuestLink(unguarded.id);
  const answers = [];
  for (const path of [used.path, ended.path, expired.path, guessed, unguarded.path]) {
    for (const method of ['GET', 'POST']) answers.push(await guest.ask(path, { method }));
  }
  const shown = answers.slice(1).map(({ status, headers: { date: _date, ...headers }, body }) => {
    return JSON.stringify({ status, headers, body: body.toString() });
  });
  t.equal(new Set(shown.slice(1)).size, 1, 'nobody can tell which');
  t.match(answers[2], { status: 404 });
  // Whoever has begun may come to the end.
  const rest = await guest.ask(used.path, { headers: { range: 'bytes=9-' } });
  t.ok(rest.body.equals(film.subarray(9)));
  t.equal(await takenOf(used.id), 1);
  t.same(
    (await ann.engine.guestLinks(undefined)).map(({ id }) => id),
    [used.id],
  );
});

t.test('of two who come for the last download one gets it', async (t) => {
  const { ann, guest, link, noted } = await guestScene(t);
  await ann.share('film.mkv', film);
  const { path } = await link('film.mkv', { downloads: 2 });
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => guest.ask(path)));
  const statuses = answers.map(({ status }) => status).sort();
  t.same(statuses, [200, 200, 404, 404, 404]);
  t.same(await noted(), ['ann film.mkv', 'ann film.mkv']);
});

t.test('what the member lacks comes from the others, and goes when the gateway does', async (t) => {
  const { swarm, ann, server, guest, link, spoolPath } = await guestScene(t);
  const bob = await swarm.client('bob');
  await bob.share('film.mkv', film);
  await bob.listed('film.mkv', { sources: 1 });
  const { path } = await link('film.mkv');
  const answers = await Promise.all([
    guest.ask(path),
    guest.ask(path),
    guest.ask(path, { headers: { range: `bytes=${2 * MIB}-` } }),
  ]);
  for (const [index, { body }] of answers.entries()) {
    t.ok(body.equals(index === 2 ? film.subarray(2 * MIB) : film));
  }
  t.equal((await readdir(spoolPath)).length, 1, 'all have it from one download');
  await server.close();
  t.same(await readdir(spoolPath), []);
  t.same(await ann.engine.downloads(), []);
  t.same(await ann.engine.shares(GROUP), []);
});

t.test('a guest gets the beginning while the rest is still to come', async (t) => {
  const { swarm, guest, link } = await guestScene(t);
  const bob = await swarm.client('bob', { up: MIB });
  const long = sampleBytes(6 * MIB, 'long');
  await bob.share('long', long);
  await bob.listed('long', { sources: 1 });
  const { path } = await link('long');
  const answer = await guest.begin(path);
  const [first] = (await once(answer, 'data')) as [Buffer];
  t.ok(first.equals(long.subarray(0, first.length)));
  answer.destroy();
});

t.test('what was edited here since is not what a guest gets', async (t) => {
  const { swarm, ann, guest, link } = await guestScene(t);
  const bob = await swarm.client('bob');
  await ann.share('film.mkv', film);
  await bob.share('film.mkv', film);
  await bob.listed('film.mkv', { sources: 2 });
  const { path } = await link('film.mkv');
  await writeFile(ann.path('film.mkv'), sampleBytes(film.length, 'edited'));
  t.ok((await guest.ask(path)).body.equals(film));
});

t.test('what was only touched here since is hashed on its way to a guest', async (t) => {
  const { ann, guest, link } = await guestScene(t);
  await ann.share('film.mkv', film);
  const { path } = await link('film.mkv');
  await linkFile(ann.path('film.mkv'), ann.path('film.twin'));
  const { status, body } = await guest.ask(path);
  t.equal(status, 200);
  t.ok(body.equals(film));
});

t.test('count, expiry and password hold over a restart', async (t) => {
  const { swarm, ann, server, guest, link, openGateway } = await guestScene(t);
  await ann.share('film.mkv', film);
  const once1 = await link('film.mkv', { downloads: 1 });
  const guarded = await link('film.mkv', { password: 'open sesame' });
  t.equal((await guest.ask(once1.path)).status, 200);
  await server.close();
  await ann.engine.close();
  const again = await swarm.openClient('ann', { remembers: true });
  await again.serve();
  const { guest: later } = await openGateway(again);
  t.equal((await later.ask(once1.path)).status, 404);
  t.equal((await later.ask(guarded.path)).status, 401);
  const kept = await readFile(ann.path('home/guest-links.json'), 'utf8');
  for (const { path } of [once1, guarded]) t.notMatch(kept, path.split('/')[2]!);
  t.notMatch(kept, 'sesame');
});

t.test('a password is asked for by a form, or by HTTP Basic', async (t) => {
  const { ann, guest, link, takenOf } = await guestScene(t);
  await ann.share('film.mkv', film);
  const { path, id } = await link('film.mkv', { password: 'öpen sesame' });
  const html = { accept: 'text/html' };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const asked = await guest.ask(path, { headers: html });
  t.match(asked, { status: 403, headers: { 'content-type': /^text\/html/ } });
  t.match(asked.body.toString(), /<form method="post">/);
  t.notMatch(asked.body.toString(), /script|film/);
  const wrong = await guest.ask(path, { method: 'POST', headers: form, body: 'password=x' });
  t.match(wrong, { status: 403, body: /not the password/ });
  const body = new URLSearchParams({ password: 'öpen sesame' }).toString();
  const right = await guest.ask(path, { method: 'POST', headers: form, body });
  t.match(right, { status: 303, headers: { location: path } });
  const [cookie = ''] = right.headers['set-cookie'] ?? [];
  t.match(cookie, /; Secure; HttpOnly; SameSite=Lax$/);
  t.equal(await takenOf(id), 0);
  const headers = { ...html, cookie: cookie.split(';', 1)[0]! };
  t.ok((await guest.ask(path, { headers })).body.equals(film));
  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`guest:${password}`).toString('base64')}`,
  });
  t.match(await guest.ask(path), { status: 401, headers: { 'www-authenticate': /^Basic / } });
  t.equal((await guest.ask(path, { headers: basic('no') })).status, 401);
  t.ok((await guest.ask(path, { headers: basic('öpen sesame') })).body.equals(film));
  const other = await link('film.mkv', { password: 'öpen sesame' });
  t.equal((await guest.ask(other.path, { headers })).status, 403, 'a cookie is of one link');
});

t.test('a link ends with the membership, and so does what is under way', async (t) => {
  const { swarm, ann, guest, link } = await guestScene(t);
  const bob = await swarm.client('bob');
  const long = sampleBytes(24 * MIB, 'long');
  await ann.share('long', long);
  const { path } = await link('long');
  await ann.engine.transferOwner(GROUP, 'bob');
  const answer = await guest.begin(path);
  answer.on('error', () => undefined);
  const [first] = (await once(answer, 'data')) as [Buffer];
  answer.pause();
  await bob.engine.kick(GROUP, 'ann');
  await ann.whenLogged(/no longer a member/);
  let length = first.length;
  answer.on('data', (bytes: Buffer) => (length += bytes.length));
  const closed = new Promise((resolve) => answer.once('close', resolve));
  answer.resume();
  await closed;
  t.ok(length < long.length, 'it is cut off');
  t.equal((await guest.ask(path)).status, 404);
  t.same(await ann.engine.guestLinks(undefined), []);
});

t.test('a link ends when its item is gone, or stands for something else', async (t) => {
  const { ann, guest, link, noted } = await guestScene(t);
  await ann.share('film.mkv', film);
  const { path } = await link('film.mkv');
  await writeFile(ann.path('newer'), sampleBytes(1_000, 'newer'));
  await ann.upload(ann.path('newer'), { as: 'film.mkv', replace: true });
  t.equal((await guest.ask(path)).status, 404);
  await ann.share('gone', sampleBytes(1_000, 'gone'));
  const gone = await link('gone');
  await ann.engine.stopShare(GROUP, 'gone');
  t.equal((await guest.ask(gone.path)).status, 404);
  t.same(await noted(), []);
});

t.test('without the tracker nothing goes out that nobody would hear of', async (t) => {
  const { swarm, ann, guest, link, takenOf } = await guestScene(t);
  await ann.share('film.mkv', film);
  const { path, id } = await link('film.mkv', { downloads: 1 });
  await swarm.stopTracker();
  t.match(await guest.ask(path), { status: 503, headers: { 'retry-after': String } });
  t.equal(await takenOf(id), 0);
  await swarm.restartTracker();
  let status = 503;
  while (status === 503) ({ status } = await guest.ask(path));
  t.equal(status, 200);
});

t.test('links are for members, for what is there, and where guests come in', async (t) => {
  const { swarm, ann, link, server } = await guestScene(t);
  await ann.share('film.mkv', film);
  const rita = await swarm.client('rita');
  await ann.engine.setRole(GROUP, 'rita', 'reader');
  rita.engine.guests.openAt(server.address);
  await t.rejects(link('film.mkv', {}, rita), { code: 'READ_ONLY' });
  await t.rejects(link('nothing'), { code: 'NO_SUCH_FILE' });
  const elsewhere = { groupId: 'none', fileName: 'x', lifetimeMs: MAX_GUEST_LINK_LIFETIME_MS };
  await t.rejects(ann.engine.createGuestLink(elsewhere), { code: 'NO_SUCH_GROUP' });
  await t.rejects(ann.engine.revokeGuestLink('abcd'), { code: 'NO_SUCH_LINK' });
  ann.engine.guests.openAt(undefined);
  await t.rejects(link('film.mkv'), { code: 'NO_GATEWAY' });
});
