/** A session of four interactive clients and a tracker, command by command. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startClient, startTracker, type P2pProcess } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

/** Processes live as long as the file, not as the test that starts them. */
const whole = t;
const MiB = 1024 ** 2;
const folder = testFolder(t, { alice: {}, bob: {}, carol: {}, dave: {}, tracker: {}, got: {} });
const film = randomBytes(3 * MiB + 1);
const song = randomBytes(MiB);
const filmPath = join(folder, 'the film.bin');
const songPath = join(folder, 'song.bin');
const got = join(folder, 'got');
writeFileSync(filmPath, film);
writeFileSync(songPath, song);

const started = await startTracker(whole, join(folder, 'tracker'));
const { port } = started;
let { tracker } = started;
const client = (name: string): P2pProcess => startClient(whole, join(folder, name), port);
const [alice, carol, dave] = [client('alice'), client('carol'), client('dave')];
const bob = client('bob');

void t.test('accounts: create_user, login, whoami', async (t) => {
  const people = { alice, bob, carol, dave };
  for (const [name, person] of Object.entries(people)) {
    t.match(await person.ask('list_groups'), [/^error: nobody is logged in; /]);
    t.same(await person.ask(`create_user ${name} 'pass word'`), [
      `created user ${name}; log in with login ${name}`,
    ]);
    t.match(await person.ask(`login ${name} wrong`), [/^error: user id and password do not match/]);
    t.same(await person.ask(`login ${name} "pass word"`), [`logged in as ${name}`]);
    t.same(await person.ask('whoami'), [name]);
  }
  t.match(await dave.ask('create_user alice x'), [/^error: the user id alice is taken; /]);
});

void t.test('groups: create, ask, list, accept, reject', async (t) => {
  t.same(await bob.ask('list_groups'), []);
  t.same(await alice.ask('create_group films'), ['created group films; you own it']);
  t.same(await alice.ask('create_group 0123'), ['created group 0123; you own it']);
  t.same(await bob.ask('list_groups'), ['0123', 'films']);
  t.match(await bob.ask('create_group films'), [/^error: the group films exists; /]);
  t.match(await bob.ask('list_files films'), [/^error: you are not a member of films; /]);
  for (const person of [bob, carol, dave]) {
    t.match(await person.ask('join_group films'), [/^asked to join films; /]);
  }
  await alice.noted(/^dave asks to join films; accept_request films dave lets them in$/);
  t.match(await bob.ask('join_group films'), [/^error: you have asked to join films; /]);
  t.match(await bob.ask('list_requests films'), [/^error: only an owner or an admin of films /]);
  t.same(await alice.ask('list_requests films'), ['bob', 'carol', 'dave']);
  t.same(await alice.ask('requests list_requests films'), ['bob', 'carol', 'dave']);
  t.match(await bob.ask('accept_request films bob'), [
    /^error: only an owner or an admin of films /,
  ]);
  t.same(await alice.ask('accept_request films bob'), ['bob is a member of films now']);
  t.same(await alice.ask('accept_request films carol'), ['carol is a member of films now']);
  t.same(await alice.ask('reject_request films dave'), [
    'refused the request of dave to join films',
  ]);
  await bob.noted(/^you are now a member of films$/);
  await dave.noted(/^your request to join films was rejected$/);
  t.same(await alice.ask('list_requests films'), []);
  t.match(await dave.ask('list_files films'), [/^error: you are not a member of films; /]);
});

void t.test('files: upload, list, download to a folder and to a file', async (t) => {
  t.same(await bob.ask('list_files films'), []);
  t.same(await alice.ask(`upload_file "${filmPath}" films`), [
    'sharing the film.bin (3 MiB) with films',
  ]);
  t.same(await bob.ask('list_files films'), [`the film.bin\t${film.length}\t1\talice`]);
  t.same(await bob.ask(`download_file films 'the film.bin' ${got}`), [
    'downloading [films] the film.bin',
  ]);
  await bob.noted(/^downloaded the film\.bin to /);
  t.same(await bob.ask('show_downloads'), ['[C] [films] the film.bin']);
  t.ok(readFileSync(join(got, 'the film.bin')).equals(film));
  t.same(await carol.ask('list_files films'), [`the film.bin\t${film.length}\t2\talice`]);

  const copy = join(got, 'copy.bin');
  await carol.ask(`download_file films the\\ film.bin ${copy}`);
  await carol.noted(/^downloaded the film\.bin to .*, from: (alice|bob)/);
  t.ok(readFileSync(copy).equals(film));
  const again = (to: string) => carol.ask(`download_file films 'the film.bin' ${to}`);
  t.match(await again(copy), [/^the film\.bin is there already: .*copy\.bin$/]);
  const other = join(got, 'other.bin');
  writeFileSync(other, 'something else');
  t.match(await again(other), [/^error: .*other\.bin exists already; /]);
});

void t.test('a name belongs to one content; the same content adds a source', async (t) => {
  const other = join(folder, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'the film.bin'), song);
  t.match(await bob.ask(`upload_file '${other}/the film.bin' films`), [/^error: .*--as NAME$/]);
  t.same(await bob.ask(`upload_file '${other}/the film.bin' films --as song.bin`), [
    'sharing song.bin (1 MiB) with films',
  ]);
  t.same(await alice.ask(`upload_file ${songPath} films`), [
    'sharing song.bin (1 MiB) with films, as one more source',
  ]);
  t.same(await alice.ask('list_files films'), [
    `song.bin\t${song.length}\t2\tbob`,
    `the film.bin\t${film.length}\t3\talice`,
  ]);
  t.same(await alice.ask('stop_share films song.bin'), ['stopped sharing song.bin in films']);
  t.match(await alice.ask('stop_share films song.bin'), [/^error: this client does not share /]);
});

void t.test('a download waits behind the prompt, is saved, and goes on elsewhere', async (t) => {
  t.match(await bob.ask('logout'), [/^logged out; /]);
  t.same(await carol.ask('list_files films'), [
    `song.bin\t${song.length}\t0\tbob`,
    `the film.bin\t${film.length}\t2\talice`,
  ]);
  await carol.ask(`download_file films song.bin ${got}`);
  t.same(await carol.ask('show_downloads'), ['[C] [films] the film.bin', '[D] [films] song.bin']);
  t.equal((await carol.endInput()).status, 0, 'the end of input leaves cleanly');
  const again = client('carol');
  t.same(await again.ask('login carol "pass word"'), ['logged in as carol; sharing 1 file again']);
  t.same(await again.ask('show_downloads'), ['[C] [films] the film.bin', '[D] [films] song.bin']);
  t.same(await bob.ask('login bob "pass word"'), ['logged in as bob; sharing 2 files again']);
  await again.noted(/^downloaded song\.bin to /);
  t.same(await again.ask('show_downloads'), ['[C] [films] the film.bin', '[C] [films] song.bin']);
  t.ok(readFileSync(join(got, 'song.bin')).equals(song));
  t.equal((await again.endInput()).status, 0);
});

void t.test('everything survives a tracker that is killed', async (t) => {
  await tracker.kill('SIGKILL');
  ({ tracker } = await startTracker(whole, join(folder, 'tracker'), port));
  // A command waits only so long for a tracker, which a busy machine may start later.
  for (const one of [alice, bob]) await one.noted(/^connected again to the tracker at /);
  t.same(await alice.ask('list_groups'), ['0123', 'films']);
  t.match(await bob.ask('list_files films'), [/^song\.bin\t/, /^the film\.bin\t/]);
});

void t.test('owners: kick, transfer, succession, the end of a group', async (t) => {
  t.match(await bob.ask('kick films alice'), [/^error: only an owner or an admin /]);
  t.same(await alice.ask('transfer_owner films bob'), ['bob owns films now']);
  t.same(await bob.ask('kick films carol'), ['carol is not a member of films any longer']);
  await dave.ask('join_group films');
  t.same(await bob.ask('accept_request films dave'), ['dave is a member of films now']);
  t.same(await bob.ask('leave_group films'), ['left films; alice owns it now']);
  t.match(await bob.ask('list_files films'), [/^error: you are not a member of films; /]);
  t.same(await alice.ask('list_requests films'), []);
  await alice.ask('leave_group films');
  t.same(await dave.ask('leave_group films'), ['left films; it had no other members and is gone']);
  t.same(await dave.ask('list_groups'), ['0123']);
});

void t.test('a failing command is one line, and the client stays', async (t) => {
  t.match(await bob.ask('frobnicate'), [/^error: unknown command "frobnicate"/]);
  t.match(await bob.ask('upload_file'), [/^error: <file> is missing; usage: upload_file /]);
  t.match(await bob.ask('join_group "films'), [/^error: a quote \("\) is not closed/]);
  t.match(await bob.ask('download_file nowhere x /tmp'), [
    /^error: no group "nowhere"; list_groups lists them$/,
  ]);
  t.same(await bob.ask(''), []);
  const help = await bob.ask('help');
  for (const command of ['create_user', 'show_downloads', 'reject_request', 'quit']) {
    t.ok(
      help.some((line) => line.startsWith(`${command} `) || line === command),
      command,
    );
  }
});

void t.test('quit and the end of input end everything with status 0', async (t) => {
  bob.child.stdin!.write('quit\n');
  t.equal((await bob.ended).status, 0);
  for (const person of [alice, dave]) t.match(await person.endInput(), { status: 0 });
  tracker.child.stdin!.write('quit\n');
  t.equal((await tracker.ended).status, 0);
  const { stdout } = await alice.ended;
  t.notMatch(stdout, /p2p>/, 'no prompt in a pipe');
});
