/** A tracker whose database is on a PostgreSQL server, with the whole program: what goes on, and what is never lost. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { noPostgres, PostgresServer } from '../fixtures/postgres-server.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { testFolder } from '../fixtures/test-folder.js';
import { P2pProcess, runP2p, startClient } from './p2p-process.js';

/** A tracker on the data folder `data` of a home. */
async function startOn(t: Test, home: string, P2P_DATABASE: string, port = 0, ...more: string[]) {
  const args = ['tracker', '127.0.0.1', String(port), '--data', join(home, 'data'), ...more];
  const tracker = new P2pProcess(t, { home, args, env: { P2P_DATABASE } });
  const line = await tracker.printed(/^tracker listening on /);
  return { tracker, port: Number(/:(\d+), identity/.exec(line)?.[1]) };
}

/** Asks until it is no error any more; answers what was said then, and the errors before. */
async function askUntilFine(client: P2pProcess, line: string) {
  const errors: string[] = [];
  for (;;) {
    const answer = await client.ask(line);
    const error = answer.find((one) => one.startsWith('error: '));
    if (error === undefined) return { answer, errors };
    errors.push(error);
  }
}

const missing = noPostgres();
if (missing !== undefined) t.plan(0, missing);
else {
  t.test('people share and download, whatever ends meanwhile', async (t) => {
    const server = await PostgresServer.start(t, { isDurable: true });
    const folder = testFolder(t, { tracker: {}, ann: {}, ben: {} });
    const [home, ann, ben] = ['tracker', 'ann', 'ben'].map((name) => join(folder, name)) as [
      ...[string, string, string],
    ];
    const database = await server.createDatabase();
    const film = sampleBytes(3_000_000);
    writeFileSync(join(ann, 'film.mkv'), film);
    const first = await startOn(t, home, database);
    const { port } = first;
    const anns = startClient(t, ann, port);
    for (const line of ['create_user ann secret', 'login ann secret', 'create_group films']) {
      t.notMatch((await anns.ask(line)).join('\n'), 'error: ', line);
    }
    await anns.ask(`upload_file ${join(ann, 'film.mkv')} films`);
    const bens = startClient(t, ben, port);
    for (const line of ['create_user ben secret', 'login ben secret', 'join_group films']) {
      t.notMatch((await bens.ask(line)).join('\n'), 'error: ', line);
    }
    await anns.ask('accept_request films ben');
    t.match(await bens.ask('list_files films'), [/^film\.mkv\t3000000\t1\tann$/]);
    await first.tracker.kill('SIGKILL');

    const second = await startOn(t, home, database, port);
    t.match((await askUntilFine(bens, 'list_files films')).answer, [/^film\.mkv\t3000000\t/]);
    await fetch(bens, join(ben, 'one.mkv'));
    t.ok(film.equals(readFileSync(join(ben, 'one.mkv'))), 'after a tracker that was killed');

    // She is back too, before there is nothing to look her login up in.
    await askUntilFine(anns, 'list_files films');
    await server.stop();
    t.match(await anns.ask('create_group songs'), [/^error: .*database.* does not answer/]);
    await server.startAgain();
    const made = await askUntilFine(anns, 'create_group songs');
    t.ok(made.errors.every((error) => error.includes('does not answer')));
    t.same(await bens.ask('list_groups'), ['films', 'songs']);
    await fetch(bens, join(ben, 'two.mkv'));
    t.ok(film.equals(readFileSync(join(ben, 'two.mkv'))), 'after a server that was stopped');
    t.match(await second.tracker.kill('SIGTERM'), { status: 0 });
  });

  t.test('what is wrong with the database is said in one line, without its password', async (t) => {
    const server = await PostgresServer.start(t);
    const folder = testFolder(t, { home: {}, other: {} });
    const [home, other] = [join(folder, 'home'), join(folder, 'other')];
    const database = await server.createDatabase();
    const start = (P2P_DATABASE: string, at: string, ...more: string[]) =>
      runP2p(t, {
        home: at,
        args: ['tracker', '127.0.0.1', '0', '--data', join(at, 'data'), ...more],
        env: { P2P_DATABASE },
        input: 'quit\n',
      });
    const { tracker } = await startOn(t, home, database);
    const inUse = await start(database, other);
    t.match(inUse, { status: 1, stderr: /^error: postgres:\S+: another tracker uses this/m });
    t.match(await tracker.kill('SIGTERM'), { status: 0 });
    const of = (...args: string[]) => runP2p(t, { home, args: ['tracker', ...args] });
    const data = ['--data', join(home, 'data')];
    t.match(await of('check', ...data), {
      status: 0,
      stdout: /on a PostgreSQL server; that was not/,
    });
    t.match(await of('backup', join(home, 'file'), ...data), { status: 2, stderr: /pg_dump/ });
    t.match(await start('', home), { status: 7, stderr: /name it with --database/ });
    const empty = await server.createDatabase();
    t.match(await start(empty, home), { status: 7, stderr: /no tracker has been in the database/ });
    t.match(await start(empty, home, '--new'), { status: 0 });
    const wrong = 'postgres://ann:s3cret@127.0.0.1:1/none';
    const away = await start(wrong, other, '--new');
    t.match(away, {
      status: 7,
      stderr: /postgres:\/\/ann@127\.0\.0\.1:1\/none: it does not answer/,
    });
    t.notMatch(away.stderr, 's3cret');
    t.match(await start(server.url('none'), other), { status: 7, stderr: /createdb/ });
    const inWords = await start('', other, '--database', wrong);
    t.match(inWords, { status: 2, stderr: /never taken from the argument list/ });
    t.notMatch(inWords.stderr, 's3cret');
    t.match(await start('mysql://s3cret', other), {
      status: 2,
      stderr: /no address of a database/,
    });
    t.match(await start('', other), { status: 0 }, 'without one it is a file');
    t.match(await start(database, other), { status: 1, stderr: /has a database of its own/ });
  });
}

/** Downloads the film, and waits for it. */
async function fetch(client: P2pProcess, to: string): Promise<void> {
  await askUntilFine(client, `download_file films film.mkv ${to}`);
  for (;;) {
    const rows = await client.ask('show_downloads');
    if (rows.length > 0 && rows.every((row) => row.startsWith('[C] '))) return;
  }
}
