/** tar into nc, and out of it: what a folder costs when nobody verifies, encrypts, resumes or asks who is there. */
import { join } from 'node:path';
import type { Contestant, Metrics, Stage } from '../contestant.js';
import { emptyFolder, requireSameBytes, type Source } from '../files.js';
import { freePort } from '../free-port.js';
import { megabytesPerSecond } from '../metrics.js';
import { canRun } from '../processes.js';

/** `nc -h` answers 0 in one of its families, and this in all. */
const IS_THERE = 'command -v nc && command -v tar';

export function tarNc(source: Source): Contestant {
  return {
    name: 'tar → nc',
    about: 'not verified, clear',
    missing: async () =>
      (await canRun('sh', ['-c', IS_THERE]))
        ? undefined
        : 'no nc or no tar; npm run bench:setup installs them',
    open: (stage) => open(source, stage),
  };
}

async function open(source: Source, { folder, processes }: Stage): Promise<() => Promise<Metrics>> {
  return async () => {
    const destination = await emptyFolder(join(folder, 'out'));
    const port = await freePort();
    const [send, receive] = [
      `tar -c -C "$1" . | nc -N -l 127.0.0.1 ${port}`,
      // The sender is there within a moment.
      `until nc -d 127.0.0.1 ${port} | tar -x -C "$1" 2>&-; do sleep 0.01; done`,
    ];
    const shell = (script: string, path: string) => ({
      program: 'sh',
      args: ['-c', script, 'sh', path],
    });
    const sent = processes.run(shell(send, source.folder));
    const finished = await processes.run(shell(receive, destination));
    await sent;
    await requireSameBytes(source, destination);
    await emptyFolder(destination);
    return {
      coldMBps: megabytesPerSecond(source.size, finished.elapsedMs),
      filesPerSecond: (source.names.length * 1000) / finished.elapsedMs,
      peakMB: finished.peakBytes / 1e6,
    };
  };
}
