/** What becomes of the input when sharing it fails: it goes only if it is known not to be shared. */
import t from 'tap';
import { CancelledError, StorageError, TrackerError } from '../../../src/net/errors.js';
import type { EngineApi } from '../../../src/main/api/engine-api.js';
import type { CommandContext } from '../../../src/main/cli/command.js';
import type { ShareInput as SharesInput } from '../../../src/main/commands/spooled-share.js';
import { withInput } from '../../../src/main/commands/upload-input.js';

type ShareInput = SharesInput<void>;

const PATH = '/home/spool/input';

interface Outcome {
  readonly isRemoved: boolean;
  readonly notes: readonly string[];
}

/** How it ends when the share fails so, and the shares are these then. */
async function ended(
  share: ShareInput,
  shares: () => Promise<readonly { readonly path: string }[]>,
): Promise<Outcome> {
  const notes: string[] = [];
  let isRemoved = false;
  let isRead = false;
  const context = {
    engine: {
      listFiles: () => Promise.resolve([]),
      shares: () => (isRead ? shares() : Promise.resolve([])),
    } as unknown as EngineApi,
    out: { note: (line: string) => notes.push(line), progress: () => undefined },
    signal: new AbortController().signal,
    pipes: {
      input: () => {
        isRead = true;
        return Promise.resolve(PATH);
      },
      spool: { remove: (path: string) => Promise.resolve(void (isRemoved = path === PATH)) },
    },
  } as unknown as CommandContext;
  await t.rejects(withInput(context, { groupId: 'g', as: 'x' }, share));
  return { isRemoved, notes };
}

const interrupted = new CancelledError('interrupted', 'INTERRUPTED');
const refused: ShareInput = (_path, onSharing) => {
  const work = Promise.reject(new TrackerError('NAME_TAKEN', 'another has the name'));
  onSharing(work);
  return work;
};

t.test('what was refused is gone', async (t) => {
  const told = await ended(refused, () => Promise.resolve([{ path: '/other' }]));
  t.strictSame(told, { isRemoved: true, notes: [] });
});

t.test('nothing is read where the library cannot be opened', async (t) => {
  let isRead = false;
  const context = {
    engine: {
      listFiles: () => Promise.resolve([]),
      shares: () => Promise.reject(new StorageError('IO_ERROR', 'no library')),
    } as unknown as EngineApi,
    signal: new AbortController().signal,
    pipes: { input: () => Promise.resolve(void (isRead = true)) },
  } as unknown as CommandContext;
  await t.rejects(withInput(context, { groupId: 'g', as: 'x' }, refused), { code: 'IO_ERROR' });
  t.notOk(isRead);
});

t.test('what is shared stays', async (t) => {
  const { isRemoved } = await ended(refused, () => Promise.resolve([{ path: PATH }]));
  t.notOk(isRemoved);
});

t.test('what may be shared stays, and its path is told', async (t) => {
  const { isRemoved, notes } = await ended(refused, () =>
    Promise.reject(new StorageError('HOME_IN_USE', 'the client has gone')),
  );
  t.notOk(isRemoved);
  t.match(notes, [new RegExp(`may be shared, and is kept: ${PATH}$`)]);
});

t.test('the list is asked for only when the work has ended that adds to it', async (t) => {
  const rows: { readonly path: string }[] = [];
  let share!: () => void;
  const sharing = new Promise<void>((resolve) => {
    share = () => {
      rows.push({ path: PATH });
      resolve();
    };
  });
  const told = ended(
    (_path, onSharing) => {
      onSharing(sharing);
      // The tracker takes its time, and somebody ends the command.
      setImmediate(share);
      return Promise.reject(interrupted);
    },
    () => Promise.resolve([...rows]),
  );
  t.notOk((await told).isRemoved);
});
