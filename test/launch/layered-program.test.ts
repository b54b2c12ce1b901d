/** The program out of its layers: a run loads those that it needs, and finds what earlier runs have compiled. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readCacheFile } from '../../src/launch/cache-file.js';
import { LayeredProgram } from '../../src/launch/layered-program.js';
import { inPackage } from '../../src/net/package-root.js';
import { testFolder } from '../fixtures/test-folder.js';

const ID = 'a'.repeat(40);

/** What a piece of a test tells of its run. */
const told: string[] = [];
Object.assign(globalThis, { told });

function piecesOf(pieces: Readonly<Record<string, string>>): string {
  const texts = Object.entries(pieces).map(
    ([name, body]) => `${JSON.stringify(name)}: function (exports, require, module) {
      told.push('${name}');
      ${body}
    }`,
  );
  return `exports.pieces = { ${texts.join(',')} };`;
}

function setUp(
  test: Test,
  entry: string,
): { open: () => LayeredProgram; cacheOf: (layer: string) => string } {
  const folder = testFolder(test, {
    home: { 'device.pem': '' },
    'package.json': '{ "type": "commonjs" }',
    'plain.js': 'module.exports = 7;',
    'program.js': `/*${ID}*/
      exports.elsewhere = { 'far.js': 'rest', 'apart.js': 'rest' };
      ${piecesOf({ 'program.js': entry, 'near.js': "exports.name = 'near'; exports.other = require('./far.js');" })}`,
    'rest.js': piecesOf({
      'far.js': "exports.name = 'far'; exports.nameOfNear = require('./near.js').name;",
      'apart.js': 'exports.place = __dirname;',
    }),
  });
  told.length = 0;
  const environment = { P2P_HOME: join(folder, 'home') };
  return {
    open: () => new LayeredProgram(folder, environment),
    cacheOf: (layer) => join(folder, 'home', 'cache', `${layer}.v8`),
  };
}

t.test('a layer is loaded with the first of its pieces, and each piece runs once', (t) => {
  const { open, cacheOf } = setUp(
    t,
    `const [near, far, again] = [require('./near.js'), require('./far.js'), require('./near.js')];
    told.push(near.name, far.nameOfNear, near === again, near.other === far);
    told.push(require('./plain.js'), require('node:path').basename('a/b'));`,
  );
  for (const use of ['first', 'first', 'second']) {
    told.length = 0;
    const program = open();
    program.run();
    t.same(told, ['program.js', 'near.js', 'far.js', 'near', 'near', true, true, 7, 'b']);
    program.keep(use);
  }
  for (const layer of ['program', 'rest']) {
    t.same(readCacheFile(cacheOf(layer))?.head.uses, ['first', 'second'], layer);
  }
  t.equal(
    readCacheFile(cacheOf('program'))?.head.source,
    ID,
    'the id in front of it names a source',
  );
  t.end();
});

t.test('a layer of which nothing is required is not loaded', (t) => {
  const { open, cacheOf } = setUp(t, '');
  const program = open();
  program.run();
  program.keep('first');
  t.same(told, ['program.js']);
  t.same(readCacheFile(cacheOf('rest')), undefined);
  t.end();
});

t.test('whoever runs it gets what its first piece exports', (t) => {
  const { open } = setUp(t, 'exports.start = () => told.push("started");');
  (open().run() as { start(): void }).start();
  t.same(told, ['program.js', 'started']);
  t.end();
});

t.test('what is not there is an error of Node', (t) => {
  const { open } = setUp(t, "require('./nowhere.js');");
  t.throws(() => open().run(), { code: 'MODULE_NOT_FOUND' });
  t.end();
});

t.test('the version needs the first layer, and no more', (t) => {
  const home = testFolder(t, { 'device.pem': '' });
  const env = { PATH: process.env['PATH'], P2P_HOME: home };
  execFileSync(process.execPath, [inPackage('bin/p2p.js'), '--version'], { env });
  t.same(readdirSync(join(home, 'cache')), ['program.v8']);
  t.end();
});
