/** nginx → curl: the fastest way of the web; nothing is verified but TCP's own checksum. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDeviceCredentials } from '../../src/net/device-identity.js';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import type { Contestant, Metrics, Stage } from '../contestant.js';
import { emptyFolder, requireSameBytes, type Source } from '../files.js';
import { freePort } from '../free-port.js';
import { megabytesPerSecond } from '../metrics.js';
import { canRun } from '../processes.js';
import { loopback, type Site } from '../site.js';

/** Not in everybody's PATH. */
const NGINX = '/usr/sbin/nginx';

export function nginx(source: Source, transport: PeerTransport, site = loopback): Contestant {
  const isTls = transport === 'tls';
  return {
    name: isTls ? 'nginx → curl (tls)' : 'nginx → curl',
    about: isTls ? 'not verified, TLS 1.3' : 'not verified, clear',
    missing: nginxMissing,
    open: (stage) => open(source, isTls, stage, site),
  };
}

export async function nginxMissing(): Promise<string | undefined> {
  const isThere = (await canRun(NGINX, ['-v'])) && (await canRun('curl', ['--version']));
  return isThere ? undefined : 'no nginx or no curl; npm run bench:setup installs them';
}

async function open(
  source: Source,
  isTls: boolean,
  stage: Stage,
  site: Site,
): Promise<() => Promise<Metrics>> {
  const { folder, processes } = stage;
  const url = await serveByNginx(source, isTls, stage, site);
  return async () => {
    const destination = await emptyFolder(join(folder, 'out'));
    const out = join(destination, source.names[0]!);
    const times = '{"first":%{time_starttransfer},"total":%{time_total}}';
    const args = ['--silent', '--fail', '--insecure', '--output', out, '--write-out', times, url];
    const finished = await processes.run(site.fetching({ program: 'curl', args }));
    await requireSameBytes(source, destination);
    await emptyFolder(destination);
    const { first, total } = JSON.parse(finished.stdout) as { first: number; total: number };
    return {
      coldMBps: megabytesPerSecond(source.size, finished.elapsedMs),
      steadyMBps: megabytesPerSecond(source.size, (total - first) * 1000),
      peakMB: finished.peakBytes / 1e6,
    };
  };
}

/** Starts a server of the file that stays; answers its URL. */
export async function serveByNginx(
  source: Source,
  isTls: boolean,
  { folder, processes }: Stage,
  site: Site,
): Promise<string> {
  const port = await freePort();
  await mkdir(join(folder, 'temp'), { recursive: true });
  await writeCredentials(folder);
  const config = join(folder, 'nginx.conf');
  const at = `${site.servingHost}:${port}`;
  await writeFile(config, configuration(folder, source.folder, at, isTls));
  const args = ['-p', folder, '-e', 'error.log', '-c', config];
  processes.start(site.serving({ program: NGINX, args }));
  await site.untilListening(port);
  return `${isTls ? 'https' : 'http'}://${at}/${source.names[0]!}`;
}

async function writeCredentials(folder: string): Promise<void> {
  const { keyPem, certPem } = createDeviceCredentials();
  await writeFile(join(folder, 'key.pem'), keyPem, { mode: 0o600 });
  await writeFile(join(folder, 'cert.pem'), certPem);
}

function configuration(folder: string, root: string, at: string, isTls: boolean): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${folder}/temp;`,
  );
  return [
    'daemon off;',
    'worker_processes auto;',
    `pid ${folder}/nginx.pid;`,
    // Files made by root are often closed to the user that nginx would become.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'events {}',
    'http {',
    ...temporary,
    '  access_log off;',
    '  sendfile on;',
    '  tcp_nopush on;',
    '  server {',
    `    listen ${at}${isTls ? ' ssl' : ''};`,
    ...(isTls
      ? [
          `    ssl_certificate ${folder}/cert.pem;`,
          `    ssl_certificate_key ${folder}/key.pem;`,
          '    ssl_protocols TLSv1.3;',
        ]
      : []),
    `    root ${root};`,
    '  }',
    '}',
    '',
  ].join('\n');
}
