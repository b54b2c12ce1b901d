/** rsync from its daemon: no encryption, and nothing is verified but TCP's own checksum. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contestant, Metrics, Stage } from '../contestant.js';
import { emptyFolder, requireSameBytes, type Source } from '../files.js';
import { freePort } from '../free-port.js';
import { untilListening } from '../listening.js';
import { megabytesPerSecond } from '../metrics.js';
import { canRun } from '../processes.js';

export function rsync(source: Source): Contestant {
  return {
    name: 'rsync',
    about: 'not verified, clear',
    missing: async () =>
      (await canRun('rsync', ['--version']))
        ? undefined
        : 'no rsync; npm run bench:setup installs it',
    open: (stage) => open(source, stage),
  };
}

async function open(source: Source, { folder, processes }: Stage): Promise<() => Promise<Metrics>> {
  const port = await freePort();
  const config = join(folder, 'rsyncd.conf');
  // As root it would read as nobody.
  const user = [`uid = ${process.getuid?.() ?? 0}`, `gid = ${process.getgid?.() ?? 0}`];
  const lines = ['use chroot = no', ...user, '[bench]', `path = ${source.folder}`];
  await writeFile(config, `${lines.join('\n')}\n`);
  // With a socket for its input it would take itself for the answer to one connection.
  const daemon = 'exec rsync --daemon --no-detach --address=127.0.0.1 "$@" </dev/null';
  const options = [`--port=${port}`, `--config=${config}`];
  processes.start({ program: 'sh', args: ['-c', daemon, 'sh', ...options] });
  await untilListening(port);
  return async () => {
    const destination = await emptyFolder(join(folder, 'out'));
    const args = ['-rt', '--whole-file', `rsync://127.0.0.1:${port}/bench/`, destination];
    const finished = await processes.run({ program: 'rsync', args });
    await requireSameBytes(source, destination);
    await emptyFolder(destination);
    return {
      coldMBps: megabytesPerSecond(source.size, finished.elapsedMs),
      filesPerSecond: (source.names.length * 1000) / finished.elapsedMs,
      peakMB: finished.peakBytes / 1e6,
    };
  };
}
