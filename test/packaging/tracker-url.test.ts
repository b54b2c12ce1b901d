/** The health check finds the port of a tracker, whatever stands around it. */
import t from 'tap';
import { oneShotOptionsOf, findCommand } from '../../src/main/cli/command-table.js';
import { commonOptionsOf } from '../../src/main/cli/common-options.js';
import { inPackage } from '../../src/net/package-root.js';

const { trackerUrl } = (await import(inPackage('packaging/tracker-url.mjs'))) as {
  trackerUrl: (words: readonly string[]) => URL | undefined;
};

const urlOf = (...words: readonly string[]): string | undefined => trackerUrl(words)?.href;

t.test('host and port are found, wherever options of the tracker stand', (t) => {
  const command = findCommand('tracker')!;
  for (const option of [...oneShotOptionsOf(command), ...commonOptionsOf(command)]) {
    const { name, short, placeholder } = option;
    const forms =
      placeholder === undefined ? [[`--${name}`]] : [[`--${name}`, '5'], [`--${name}=5`]];
    if (short !== undefined) forms.push([`-${short}`]);
    for (const form of forms) {
      const expected = 'https://127.0.0.1:8000/healthz';
      const told = form.join(' ');
      t.equal(urlOf('p2p', 'tracker', ...form, '127.0.0.1', '8000'), expected, told);
      t.equal(urlOf('p2p', 'tracker', '127.0.0.1', ...form, '8000'), expected, told);
      t.equal(urlOf('p2p', 'tracker', '127.0.0.1', '8000', ...form), expected, told);
      t.equal(urlOf('p2p', ...form, 'tracker', '127.0.0.1', '8000'), expected, told);
    }
  }
  t.end();
});

t.test('where it listens everywhere this machine is asked', (t) => {
  const words = ['tracker', '--accounts-per-day', '5'];
  t.equal(urlOf(...words, '::', '8000'), 'https://localhost:8000/healthz');
  t.equal(urlOf(...words, '0.0.0.0', '8000'), 'https://localhost:8000/healthz');
  t.equal(urlOf(...words, '2001:db8::1', '8000'), 'https://[2001:db8::1]:8000/healthz');
  t.end();
});

t.test('what is no tracker has none', (t) => {
  t.equal(urlOf('p2p', 'serve', '--port', '7001'), undefined);
  t.equal(urlOf('p2p', 'serve', '--tracker', 'tracker'), undefined);
  t.end();
});
