import t from 'tap';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import { promptText } from '../../../src/main/shell/prompt-text.js';

const film: DownloadProgress = {
  ...{ id: '1', groupId: 'g', fileName: 'film.mkv', path: '/film.mkv', state: 'downloading' },
  ...{ size: 1_000, verified: 250, kept: 0, fetched: 250, bytesPerSecond: 1024, peers: [] },
  fileId: 'x',
};

t.test('the prompt tells how far what runs behind it is', async (t) => {
  t.equal(promptText([]), 'p2p> ');
  t.equal(promptText([film]), 'p2p [film.mkv 25 %, 1 KiB/s]> ');
  t.equal(promptText([film, { ...film, verified: 750 }]), 'p2p [2 downloads 50 %, 2 KiB/s]> ');
});

t.test('a name neither fills the line nor steers the terminal', async (t) => {
  const fileName = `\u001b[2J${'long'.repeat(50)}.mkv`;
  const text = promptText([{ ...film, fileName }]);
  t.ok(text.length < 60, text);
  t.notMatch(text, /\u001b/);
  t.match(text, /\.mkv 25 %/);
});
