/** The lines for people of what a client does step by step. */
import t from 'tap';
import type { DetailEvent } from '../../../src/main/api/detail-events.js';
import { detailLine } from '../../../src/main/terminal/detail-lines.js';

type Sample<Type> = readonly [Omit<Extract<DetailEvent, { type: Type }>, 'type'>, line: string];

const of = { work: 'download', groupId: 'g', fileName: 'film' } as const;
const whose = { groupId: 'g', fileName: 'film', userId: 'ann', deviceId: 'a' };
const groupFile = { groupId: 'g', fileName: 'film', fileId: 'f', size: 2048, sharer: 'ann' };
const take = { ...whose, address: '192.0.2.1:7', size: 2048 };
const at = { address: '192.0.2.1:7' };
const error = { code: 'TIMEOUT', message: 'nobody came' } as const;

/** An event without a sample is an error of types. */
const samples: { readonly [Type in DetailEvent['type']]: readonly Sample<Type>[] } = {
  started: [
    [{ ...of, size: 2048 }, 'downloading film (2 KiB)'],
    [{ ...of, work: 'upload', size: 2048 }, 'reading film (2 KiB)'],
    [{ work: 'verify', fileName: 'film', size: 2048 }, 'checking film (2 KiB)'],
  ],
  'sync-waiting': [[{ groupId: 'g', folder: '/f' }, '/f is as g is; waiting for changes']],
  progress: [
    [
      { ...of, state: 'downloading', size: 4096, done: 1024, bytesPerSecond: 2048 },
      'film: downloading, 25 %, 2 KiB/s',
    ],
    [{ ...of, state: 'queued', size: 4096, done: 0, bytesPerSecond: 0 }, 'film: queued, 0 %'],
  ],
  peer: [
    [{ ...whose, ...at, state: 'active' }, 'film: ann at 192.0.2.1:7 is connected'],
    [{ ...whose, ...at, state: 'connecting' }, 'film: ann at 192.0.2.1:7 is being dialled'],
    [
      { ...whose, address: '', state: 'active', way: 'relayed' },
      'film: ann is connected (relayed)',
    ],
    [
      { ...whose, ...at, state: 'gone', reason: 'it hung up' },
      'film: ann at 192.0.2.1:7 is gone: it hung up',
    ],
  ],
  'piece-bad': [
    [{ ...whose, pieces: 1 }, 'film: 1 piece of ann did not match'],
    [{ ...whose, pieces: 2 }, 'film: 2 pieces of ann did not match'],
  ],
  done: [[{ ...of, size: 2048 }, 'film: done, 2 KiB']],
  failed: [[{ ...of, error }, 'film: nobody came']],
  'take-started': [[take, 'ann at 192.0.2.1:7 takes film (2 KiB)']],
  'take-ended': [[{ ...take, bytes: 1024 }, 'ann at 192.0.2.1:7 has let go film: 1 KiB sent']],
  'share-added': [[{ groupId: 'g', fileName: 'film', size: 1 }, 'film is shared in g']],
  'share-ended': [[{ groupId: 'g', fileName: 'film' }, 'film is not shared in g any more']],
  'file-added': [[groupFile, 'film (2 KiB) has come to g, shared by ann']],
  'file-replaced': [[groupFile, 'film in g is a newer version now (2 KiB), shared by ann']],
  'file-removed': [[{ groupId: 'g', fileName: 'film', fileId: 'f' }, 'film is gone from g']],
  'member-added': [[{ groupId: 'g', userId: 'ben' }, 'ben was let into g']],
  'member-removed': [[{ groupId: 'g', userId: 'ben' }, 'ben is no longer in g']],
  'tracker-connected': [[{ tracker: 'here:1' }, 'connected to the tracker at here:1']],
  'tracker-retried': [[{ attempts: 3, error }, 'the tracker was dialled again (3): nobody came']],
  lost: [
    [{ events: 1 }, '1 event was left out here'],
    [{ events: 2 }, '2 events were left out here'],
  ],
};

t.test('each step has its line', (t) => {
  for (const [type, all] of Object.entries(samples)) {
    for (const [facts, line] of all) {
      t.equal(detailLine({ type, ...facts } as DetailEvent), line);
    }
  }
  t.end();
});

t.test('no name steers a terminal', (t) => {
  const evil = { groupId: 'g\u001b[2J', fileName: 'f\u0007', userId: 'u\u202e', deviceId: 'd' };
  const event: DetailEvent = { type: 'take-started', ...evil, address: 'a\n', size: 1 };
  t.notMatch(detailLine(event), /[\u0007\u001b\n\u202e]/);
  t.end();
});
