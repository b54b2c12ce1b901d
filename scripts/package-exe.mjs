/**
 * Makes dist/exe/p2p-PLATFORM-ARCH, one file that needs no Node: Node's own executable with the bundle in it
 * (https://nodejs.org/api/single-executable-applications.html). Node 24 or newer, which has SQLite: the one that runs
 * this, or another that is named with `--node PATH`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { inject } from 'postject';

const LEAST_NODE = 24;
/** What Node looks for in itself; both are in its documentation. */
const RESOURCE = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist/exe');
const { values } = parseArgs({ options: { node: { type: 'string' } } });
const node = values.node ?? process.execPath;

const [platform, arch, version] = JSON.parse(
  execFileSync(node, ['-p', 'JSON.stringify([process.platform, process.arch, process.version])']),
);
if (Number(/\d+/.exec(version)[0]) < LEAST_NODE) {
  throw new Error(`${node} is ${version}; name a Node ${LEAST_NODE} or newer with --node PATH`);
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

/** What of the package the program reads; maps are for developers, the library for programs. */
const paths = [
  'package.json',
  'bin/package.json',
  'bin/p2p.js',
  ...readdirSync(join(root, 'dist/bundle'), { recursive: true })
    .map((name) => `dist/bundle/${name}`)
    .filter((path) => statSync(join(root, path)).isFile() && !/\.map$|\/library[^/]*$/.test(path))
    .sort(),
];
const assets = Object.fromEntries(paths.map((path) => [path, join(root, path)]));
const files = paths.map((path) => ({ path, size: statSync(join(root, path)).size }));
const hash = createHash('sha256');
for (const path of paths) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
const list = join(target, 'files.json');
writeFileSync(list, JSON.stringify({ id: hash.digest('hex').slice(0, 16), files }));

const main = join(target, 'main.cjs');
await build({
  entryPoints: [join(root, 'dist/src/launch/executable.js')],
  outfile: main,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  logLevel: 'warning',
});

const [config, blob] = [join(target, 'sea-config.json'), join(target, 'sea.blob')];
const options = {
  ...{ main, output: blob, assets: { ...assets, 'files.json': list } },
  ...{ disableExperimentalSEAWarning: true, useSnapshot: false, useCodeCache: false },
};
writeFileSync(config, JSON.stringify(options));
execFileSync(node, ['--experimental-sea-config', config], {
  stdio: ['ignore', 'ignore', 'inherit'],
});

const executable = join(target, `p2p-${platform}-${arch}`);
copyFileSync(node, executable);
chmodSync(executable, 0o755);
await inject(executable, RESOURCE, readFileSync(blob), { sentinelFuse: FUSE });
for (const path of [config, blob, main, list]) rmSync(path);
// Node's licence asks to go along with it; whoever installed Node has it beside it.
const license = join(dirname(dirname(node)), 'LICENSE');
if (existsSync(license)) copyFileSync(license, join(target, 'LICENSE-NODE'));
console.log(
  `${executable}: ${Math.round(statSync(executable).size / 2 ** 20)} MiB, Node ${version}`,
);
