/** `p2p bench` as a user runs it: real processes, a small size, nothing left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import t from 'tap';
import type { Measurements, Verdict } from '../../src/main/bench/verdict.js';
import { inPackage } from '../../src/net/package-root.js';
import { testFolder } from '../fixtures/test-folder.js';

async function bench(
  ...args: string[]
): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [inPackage('bin/p2p.js'), 'bench', ...args]);
  const closed = once(child, 'close');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await closed) as [number | null];
  return { status, out, err };
}

t.test('it measures every part, transfers in both ways, and cleans up', async (t) => {
  const dir = testFolder(t);
  const { status, out } = await bench('--size', '16MiB', '--dir', dir, '--json');
  t.equal(status, 0);
  const { size, loopback, disk, hashing, transfers } = JSON.parse(out) as Measurements & {
    transfers: (Verdict & { percentOfCeiling: number })[];
  };
  t.equal(size, 16 * 1024 * 1024);
  const { write, writeThrough, read } = disk;
  const rates = [loopback.tcp, loopback.tls, write, writeThrough, read];
  for (const rate of [...rates, ...Object.values(hashing.byEngine)]) t.ok(rate > 0);
  t.same(
    transfers.map(({ transport }) => transport),
    ['tcp', 'tls'],
  );
  for (const { percentOfCeiling, bottleneck } of transfers) {
    t.ok(percentOfCeiling > 0);
    t.not(bottleneck, '');
  }
  t.same(await readdir(dir), [], 'the folder is empty again');
});

t.test('a size that says nothing is refused', async (t) => {
  const { status, err } = await bench('--size', '1KiB', '--dir', testFolder(t));
  t.equal(status, 2);
  t.match(err, /^error: --size is from 16MiB to 64GiB/);
});
