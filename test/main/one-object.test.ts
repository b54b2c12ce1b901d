/** With --json a command prints one object, also where something fails after its answer. */
import { spawnSync } from 'node:child_process';
import { Writable } from 'node:stream';
import t from 'tap';
import type { Parts } from '../../src/main/cli/process-context.js';
import { main } from '../../src/main/main.js';
import { processEnvironment, type Environment } from '../../src/main/terminal/environment.js';

const noParts: Parts = {
  openEngine: () => Promise.reject(new Error('nobody opens an engine')),
  runTracker: () => Promise.reject(new Error('nobody runs a tracker')),
  trackerUpkeep: () => Promise.reject(new Error('nobody looks at a tracker')),
};

/** A stream that notes what it is given, and fails with each write if it is told to. */
function noting(texts: string[], error?: Error): Writable {
  return new Writable({
    autoDestroy: false,
    write: (chunk: Buffer, _encoding, onWritten) => {
      texts.push(chunk.toString());
      onWritten(error);
    },
  });
}

t.test('what cannot be written is no second object', async (t) => {
  const [written, told]: [string[], string[]] = [[], []];
  const lost = Object.assign(new Error('lost'), { code: 'ENOSPC' });
  const streams = { stdout: noting(written, lost), stderr: noting(told) };
  const environment = { ...processEnvironment(), ...streams } as unknown as Environment;
  let answered = 0;
  const status = await main(['--version', '--json'], noParts, environment, () => void answered++);
  t.equal(status, 7);
  t.match(told.join(''), /^error: the output could not be written/);
  t.equal(written.join('').trimEnd().split('\n').length, 1, written.join(''));
  t.match(JSON.parse(written[0]!), { programVersion: String });
  t.ok(answered > 0);
});

t.test('nor is an error that nobody caught', (t) => {
  const module = JSON.stringify(new URL('../../src/main/last-resort.js', import.meta.url).href);
  const outOf = (answer: string): string => {
    const code = `import { installLastResort } from ${module};
      const onAnswered = installLastResort(false, true);
      ${answer}
      throw new Error('nobody caught it');`;
    const words = ['--input-type=module', '-e', code];
    const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    t.match(stderr, /^error: .*nobody caught it/);
    t.equal(status, 1);
    return stdout;
  };
  t.match(JSON.parse(outOf('')), { error: { status: 1 } });
  t.equal(outOf('onAnswered();'), '');
  t.end();
});
