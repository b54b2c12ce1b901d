import t from 'tap';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import { DownloadWatch } from '../../../src/main/api/download-watch.js';
import { TrackerError } from '../../../src/net/errors.js';

const film = { id: '1', state: 'downloading' } as DownloadProgress;

t.test('who watches hears of what moves, and once that nothing does any more', async (t) => {
  const answers = [
    () => Promise.reject(new TrackerError('NOT_LOGGED_IN', 'nobody is logged in')),
    () => Promise.resolve([{ ...film, state: 'complete' as const }]),
    () => Promise.resolve([film, { ...film, state: 'queued' as const }]),
    () => Promise.resolve([film]),
    () => Promise.resolve([]),
    () => Promise.resolve([]),
  ];
  const heard: number[] = [];
  await new Promise<void>((resolve) => {
    const engine = {
      downloads: () => {
        const answer = answers.shift();
        if (answer !== undefined) return answer();
        watch.close();
        resolve();
        return Promise.resolve([]);
      },
    };
    const watch = new DownloadWatch(engine, (running) => heard.push(running.length), 1);
  });
  t.same(heard, [1, 1, 0]);
});
