/** How one download stops, whether it runs here or an engine before has left it. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Download } from '../../../src/main/downloads/download.js';
import { stopDownload } from '../../../src/main/downloads/pause-downloads.js';
import { StorageError, TrackerError } from '../../../src/net/errors.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { INCARNATION } from '../../fixtures/incarnations.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';

const { description, encoded, fileId } = describedBytes(2);
const { size, pieceLength } = description.layout;
const ended = { code: 'CANCELLED', message: 'it was running' } as const;

/** A library with one download; of those that run here only those in `live` are known. */
async function scene(t: Test) {
  const { library, folder } = await temporaryLibrary(t);
  const row = { id: 'aaaa1', groupId: 'g', incarnation: INCARNATION, name: 'film', fileId };
  const place = { path: join(folder, 'film'), partPath: join(folder, 'film.part') };
  const download = { ...row, ...place, size, startedAtMs: 1 };
  library.addDownload(account, download, { fileId, pieceLength, encoded });
  const live = new Set<string>();
  const cancel = async (id: string): Promise<void> => {
    if (!live.delete(id)) throw new TrackerError('NO_SUCH_DOWNLOAD', 'there is no such download');
    // As a download does: noted behind the back of whoever cancels.
    void library.gather(() => library.failDownload(id, ended, 2));
  };
  const running = (): Download[] => [...live].map((id) => ({ request: { id } }) as Download);
  const stop = (id: string, by = cancel) =>
    stopDownload(
      {
        library: async () => library,
        downloads: {
          get running() {
            return running();
          },
          cancel: by,
        },
      },
      id,
    );
  return { library, live, cancel, stop };
}

t.test('one that runs here is stopped by its table', async (t) => {
  const { library, live, stop } = await scene(t);
  live.add('aaaa1');
  await stop('aaaa1');
  t.match(library.findDownload('aaaa1'), { error: ended }, 'which notes its end');
});

t.test('of one that an engine before has left it is noted that nobody wants it', async (t) => {
  const { library, stop } = await scene(t);
  await stop('aaaa1');
  t.match(library.findDownload('aaaa1'), { state: 'failed', error: { code: 'CANCELLED' } });
  await t.rejects(stop('aaaa1'), { code: 'NO_SUCH_DOWNLOAD' }, 'and then it has ended');
});

t.test('one that begins while it is being stopped is stopped all the same', async (t) => {
  for (const knows of [false, true]) {
    await t.test(knows ? 'it had ended here before' : 'nothing of it is known', async (t) => {
      const { library, live, cancel, stop } = await scene(t);
      let looks = 0;
      const stopped = stop('aaaa1', async (id) => {
        // Of one that has ended here before nothing is left to stop.
        if (looks++ > 0 || !knows) await cancel(id);
      });
      // It was just being read.
      await library.gather(() => live.add('aaaa1'));
      await stopped;
      t.equal(live.size, 0);
      t.match(library.findDownload('aaaa1'), { error: ended });
    });
  }
});

t.test('what there is not cannot be stopped, and faults are told', async (t) => {
  const { library, stop } = await scene(t);
  await t.rejects(stop('bbbb2'), { code: 'NO_SUCH_DOWNLOAD' });
  const fault = new StorageError('IO_ERROR', 'the disk is gone');
  await t.rejects(
    stop('aaaa1', () => Promise.reject(fault)),
    fault,
  );
  t.match(library.findDownload('aaaa1'), { state: 'running' });
});
