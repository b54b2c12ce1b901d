/** The library as it is packed: its page's example runs with it, its types are whole, and nothing is left alive. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import ts from 'typescript';
import { readDoc } from '../docs/read-doc.js';
import { P2pProcess, runP2p, startTracker } from '../e2e/p2p-process.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { testFolder } from '../fixtures/test-folder.js';
import { inPackage } from '../../src/net/package-root.js';

const run = promisify(execFile);
const { name } = JSON.parse(readDoc('package.json')) as { name: string };

/** A folder in which the package is installed, from its tarball. */
async function install(t: Test): Promise<string> {
  // With a package of its own: in ours, its name would be found here and not where it is installed.
  const folder = testFolder(t, { 'package.json': '{ "name": "consumer" }' });
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: inPackage('.') });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, name), { recursive: true });
  const tarball = join(folder, filename.replace(/^@/, '').replace('/', '-'));
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, name)]);
  // What whoever installs it has besides; see docs/library.md.
  for (const scope of ['@photostructure', '@types']) {
    symlinkSync(inPackage(`node_modules/${scope}`), join(modules, scope));
  }
  return folder;
}

void t.test('the packed library', async (t) => {
  const folder = await install(t);

  await t.test('has the names that it says, for import and for require', async (t) => {
    const names = async (from: string): Promise<string> => {
      const asked = join(folder, 'names.mjs');
      writeFileSync(asked, `console.log(Object.keys(await import('${from}')).sort().join())`);
      return (await run(process.execPath, [asked])).stdout;
    };
    t.match(await names(name), /^CancelledError,P2pError,.*,connect,default,.*open\n$/);
    t.match(await names(`${name}/client`), /^CancelledError,P2pError,.*,connect,default/);
    t.notMatch(await names(`${name}/client`), /open/);
    const asked = join(folder, 'names.cjs');
    writeFileSync(asked, `console.log(typeof require('${name}').open)`);
    t.equal((await run(process.execPath, [asked])).stdout, 'function\n');
  });

  await t.test('has types that are whole', (t) => {
    const program = join(folder, 'typed.mts');
    writeFileSync(
      program,
      `import { connect, open, P2pError, type ClientEvent, type ErrorCode } from '${name}';
       import { connect as alone, type EngineApi } from '${name}/client';
       const api: EngineApi = (await connect()) ?? (await open({ tracker: { host: 'h', port: 1 } }));
       const events: ClientEvent['type'][] = [];
       api.events(({ type }) => events.push(type));
       const size: number = (await api.listFiles('g'))[0]!.size;
       const code: ErrorCode | undefined = new Error() instanceof P2pError ? 'BUSY' : undefined;
       // @ts-expect-error There is no such method.
       api.noSuchMethod();
       export default [size, code, (await alone())?.pid];`,
    );
    const typed = ts.createProgram([program], {
      ...{ strict: true, noEmit: true, target: ts.ScriptTarget.ES2022 },
      ...{ module: ts.ModuleKind.NodeNext, types: ['node'], exactOptionalPropertyTypes: true },
      typeRoots: [inPackage('node_modules/@types')],
    });
    const ours = typed
      .getSourceFiles()
      .filter(({ fileName }) => fileName.startsWith(folder) && !fileName.includes('@types'));
    t.match(ours.map(({ fileName }) => fileName).join('\n'), /engine-api\.d\.ts$/m);
    const flaws = ours.flatMap((file) => [
      ...typed.getSyntacticDiagnostics(file),
      ...typed.getSemanticDiagnostics(file),
    ]);
    t.same(
      flaws.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      [],
    );
    t.end();
  });

  await t.test('runs the example of its page, with a client and without', async (t) => {
    const page = readDoc('docs/library.md');
    const [, example = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
    t.match(example, `from '${name}';`, 'which names the package');
    t.ok(example.trimEnd().split('\n').length <= 24, 'and is short');
    writeFileSync(join(folder, 'example.mjs'), example);
    const world = await startWorld(t);
    const runExample = (file: string) =>
      run(process.execPath, [join(folder, 'example.mjs'), 'club', file, world.got], {
        env: { PATH: process.env['PATH'], P2P_HOME: join(world.folder, 'ben') },
      });
    const alone = await runExample('first');
    t.match(alone, { stderr: '', stdout: /^ben sees first 700005$/m });
    t.match(alone.stdout, /^got .*\/first 700005$/m);
    t.ok(readFileSync(join(world.got, 'first')).equals(readFileSync(join(world.folder, 'first'))));
    t.match((await runExample('none')).stdout, /^failed: NO_SUCH_FILE no such file in this group/m);
    const ben = await world.serve('ben');
    const served = await runExample('second');
    t.match(served, { stderr: '', stdout: /^got .*\/second 700006$/m });
    t.match(await ben.kill('SIGINT'), { status: 0 });
  });
});

/** A tracker, ann who shares two files in a group, and ben who is in it. */
async function startWorld(t: Test) {
  const folder = testFolder(t, { ann: {}, ben: {}, tracker: {}, got: {} });
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a pass word' };
  const p2p = async (home: string, ...args: string[]): Promise<void> => {
    const { status, stderr } = await runP2p(t, { home: join(folder, home), args, env });
    t.equal(status, 0, `p2p ${args.join(' ')}: ${stderr}`);
  };
  const serve = async (home: string): Promise<P2pProcess> => {
    const args = ['serve', '--host', '127.0.0.1', '--no-lan', '--no-map'];
    const serving = new P2pProcess(t, { home: join(folder, home), args, env });
    await serving.printed(/^serving /);
    return serving;
  };
  for (const user of ['ann', 'ben']) {
    await p2p(user, 'create-user', user);
    await p2p(user, 'login', user);
  }
  await p2p('ann', 'create-group', 'club');
  await p2p('ben', 'join', 'club');
  await p2p('ann', 'accept', 'club', 'ben');
  for (const file of ['first', 'second']) {
    writeFileSync(join(folder, file), Buffer.concat([sampleBytes(700_000), Buffer.from(file)]));
    await p2p('ann', 'upload', join(folder, file), 'club');
  }
  await serve('ann');
  return { folder, got: join(folder, 'got'), serve };
}
