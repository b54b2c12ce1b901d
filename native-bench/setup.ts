/**
 * Installs the rivals: Debian packages by apt-get, webtorrent from the npm registry into a
 * folder of its own. The only part of the benchmarks that fetches anything. A rival that
 * cannot be installed is named, and the benchmarks leave it out. Run: npm run bench:setup
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rivalsFolder } from './paths.js';

const DEBIAN_PACKAGES = [
  'g++',
  'libssl-dev',
  'aria2',
  'python3-libtorrent',
  'syncthing',
  'nginx-light',
  'curl',
  'iproute2',
  'rsync',
  'netcat-openbsd',
];
/** webtorrent calls arr2hex with a string, which newer releases of uint8-util do not take. */
const RIVALS_PACKAGE = {
  private: true,
  dependencies: { webtorrent: '2.8.5', 'bittorrent-tracker': '11.2.3' },
  overrides: { 'uint8-util': '2.2.5' },
};

async function run(program: string, args: readonly string[]): Promise<boolean> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const status = await once(child, 'close').catch(() => [1]);
  return (status as [number | null])[0] === 0;
}

/** apt-get as root, or through sudo. */
function asRoot(args: readonly string[]): Promise<boolean> {
  return process.getuid?.() === 0 ? run(args[0]!, args.slice(1)) : run('sudo', args);
}

async function installDebian(): Promise<string[]> {
  const install = ['apt-get', 'install', '-y', '--no-install-recommends'];
  await asRoot(['apt-get', 'update']);
  if (await asRoot([...install, ...DEBIAN_PACKAGES])) return [];
  // One that is not there must not keep the others away.
  const missing: string[] = [];
  for (const name of DEBIAN_PACKAGES) {
    if (!(await asRoot([...install, name]))) missing.push(name);
  }
  return missing;
}

async function installRegistry(): Promise<string[]> {
  await mkdir(rivalsFolder, { recursive: true });
  await writeFile(
    join(rivalsFolder, 'package.json'),
    `${JSON.stringify(RIVALS_PACKAGE, null, 2)}\n`,
  );
  const flags = ['--prefix', rivalsFolder, '--ignore-scripts', '--no-audit', '--no-fund'];
  return (await run('npm', ['install', ...flags])) ? [] : Object.keys(RIVALS_PACKAGE.dependencies);
}

const missing = [...(await installDebian()), ...(await installRegistry())];
const outcome =
  missing.length === 0
    ? 'all rivals are installed; npm run bench compares them'
    : `not installed: ${missing.join(', ')}; npm run bench leaves them out`;
process.stdout.write(`${outcome}\n`);
