/** A process that may open nothing more knows it. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { hasSpareDescriptors } from '../../src/net/spare-descriptor.js';

t.test('there is one, until all are taken', (t) => {
  t.equal(hasSpareDescriptors(), true);
  const module = JSON.stringify(new URL('../../src/net/spare-descriptor.js', import.meta.url).href);
  const script = `
    import { openSync, closeSync } from 'node:fs';
    const { hasSpareDescriptors } = await import(${module});
    const open = [];
    // Ends where the last one is taken.
    try { for (;;) open.push(openSync('/', 'r')); } catch {}
    const without = hasSpareDescriptors();
    for (let freed = 0; freed < 4; freed++) closeSync(open.pop());
    const answers = [without, hasSpareDescriptors()];
    for (const fd of open) closeSync(fd);
    console.log(answers.join());
  `;
  const words = 'unset NODE_OPTIONS; ulimit -n 64; exec "$@"';
  const args = [process.execPath, '--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', words, 'sh', ...args], {
    encoding: 'utf8',
  });
  t.equal(stdout, 'false,true\n', stderr);
  t.end();
});
