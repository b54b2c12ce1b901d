/**
 * Bundles the built program into dist/bundle, which is what bin/p2p.js runs: a one-shot command
 * would otherwise spend more time on finding, reading and compiling a few hundred module files
 * than on its work. The bundles are CommonJS, because only of that Node 20 can keep the compiled
 * code (see src/launch). Thread entries are bundles of their own. The folders keep the depth and
 * the names that the code's own `new URL(…, import.meta.url)` expect.
 */
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lazyBuiltin } from './lazy-builtin.mjs';
import { lazyPackage } from './lazy-package.mjs';
import { bundlePackage, packageInFile } from './package-in-file.mjs';
import { writeLayers } from './program-layers.mjs';
import { thirdPartyLicenses } from './third-party-licenses.mjs';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

rmSync(path('dist/bundle'), { recursive: true, force: true });
mkdirSync(path('dist/bundle'), { recursive: true });
writeFileSync(path('dist/bundle/package.json'), '{ "type": "commonjs" }\n');

const options = {
  bundle: true,
  // What is in it, for the licences.
  metafile: true,
  absWorkingDir: path('.'),
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: true,
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
  // Of hash-wasm the other one holds every algorithm.
  mainFields: ['module', 'main'],
  // These find their binaries by their own place on disk.
  external: ['@photostructure/sqlite', '@napi-rs/nice', 'pg-native', 'pg-cloudflare'],
  // `import()` needs a loader that code out of the cache does not have.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
};

const plugins = [
  // Loading it takes 30 ms (a segmenter, and a pattern of all emoji); few runs measure widths.
  lazyPackage('string-width'),
  // Few look for peers in their network, say names to others, or have large tables.
  lazyBuiltin('node:dgram', ['createSocket']),
  lazyBuiltin('node:dns/promises', ['lookup']),
  lazyBuiltin('node:v8', ['setFlagsFromString', 'getHeapStatistics']),
  // Fewer match paths.
  lazyPackage('ignore'),
  // A fifth of all text, and the tracker's.
  packageInFile('kysely', './kysely.js'),
  // The tracker's too.
  packageInFile('prom-client', './prom-client.js'),
  // Of those who have a file of settings.
  packageInFile('toml-eslint-parser', './toml-eslint-parser.js'),
  // Of a tracker whose database is on a server.
  packageInFile('pg', './pg.js'),
  // Of trackers that share one.
  packageInFile('ioredis', './ioredis.js'),
];
const alias = { 'escalade/sync': path('scripts/yargs-package.mjs') };

const { metafile } = await build({
  ...options,
  entryPoints: {
    'main/program': path('dist/src/launch/program.js'),
    'main/parts/library': path('dist/src/main/programs/index.js'),
    'main/parts/library-client': path('dist/src/main/programs/client.js'),
    'main/parts/password-worker': path('dist/src/tracker/accounts/password-worker.js'),
    'main/parts/checkpoint-thread': path('dist/src/tracker/store/sqlite/checkpoint-thread.js'),
    'main/parts/input-thread': path('dist/src/main/pipes/input-thread.js'),
    'main/parts/loopback-sender': path('dist/src/main/bench/loopback-sender.js'),
    // Piscina starts its threads with the file of this name beside its own code.
    'main/parts/worker': path('node_modules/piscina/dist/worker.js'),
    'workers/transfer-task': path('dist/src/launch/transfer-thread.js'),
    'workers/transfer-task-code': path('dist/src/workers/transfer-task.js'),
  },
  outdir: path('dist/bundle'),
  alias,
  plugins,
});
const metafiles = [
  metafile,
  await writeLayers({
    entryPoint: path('dist/src/program.js'),
    folder: path('dist/bundle/main/parts'),
    layers: [
      { name: 'program', modules: ['dist/src/program.js'] },
      { name: 'words', modules: ['node_modules/yargs/'] },
      // Of a command that has an engine, its own or that of another process.
      { name: 'engine', modules: ['dist/src/main/one-shot.js', 'dist/src/main/engine/engine.js'] },
      // What such commands have beyond that, and what they show.
      {
        name: 'commands',
        modules: ['commands/', 'control/', 'settings/', 'terminal/', 'name-completion.js'].map(
          (name) => `dist/src/main/${name}`,
        ),
      },
      // What stays, or is set up.
      { name: 'processes', modules: ['dist/src/main/'] },
      { name: 'tracker', modules: [] },
    ],
    options: { ...options, alias, plugins },
  }),
];
for (const name of ['kysely', 'prom-client', 'pg', 'ioredis', 'toml-eslint-parser']) {
  const file = path(`dist/bundle/main/parts/${name}.js`);
  metafiles.push(await bundlePackage(name, path('.'), file, options));
}
writeFileSync(path('dist/bundle/THIRD-PARTY-LICENSES'), thirdPartyLicenses(metafiles, path('.')));

cpSync(path('dist/src/page'), path('dist/bundle/page'), { recursive: true });
copyFileSync(path('dist/src/workers/kernel/sha1.wasm'), path('dist/bundle/workers/sha1.wasm'));
