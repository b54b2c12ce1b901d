/**
 * Bundles the built program into dist/bundle, which is what bin/p2p.js runs: a one-shot command
 * would otherwise spend more time on finding and reading a few hundred module files than on its
 * work. Thread entries are bundles of their own. The folders keep the depth and the names that
 * the code's own `new URL(…, import.meta.url)` expect.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

const shared = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
  // These find their binaries by their own place on disk.
  external: ['@photostructure/sqlite', '@napi-rs/nice'],
  // What bundled CommonJS packages expect to be there.
  define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
};

rmSync(path('dist/bundle'), { recursive: true, force: true });

await build({
  ...shared,
  entryPoints: { program: path('dist/src/program.js') },
  outdir: path('dist/bundle/main'),
  splitting: true,
  // One folder down, as deep as the sources whose URLs they resolve.
  chunkNames: 'parts/[name]-[hash]',
});

await build({
  ...shared,
  entryPoints: {
    'workers/transfer-task': path('dist/src/workers/transfer-task.js'),
    'main/parts/password-worker': path('dist/src/tracker/password-worker.js'),
    'main/parts/loopback-sender': path('dist/src/main/bench/loopback-sender.js'),
    // Piscina starts its threads with the file of this name beside its own code.
    'main/parts/worker': path('node_modules/piscina/dist/worker.js'),
  },
  outdir: path('dist/bundle'),
});

copyFileSync(path('dist/src/workers/kernel/sha1.wasm'), path('dist/bundle/workers/sha1.wasm'));
