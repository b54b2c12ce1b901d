import t from 'tap';
import type { SharedFile } from '../../../src/main/api/shared-files.js';
import { deferred } from '../../../src/net/deferred.js';
import { removeUnlessShared } from '../../../src/main/commands/spooled-share.js';

const spooled = { groupId: 'g', path: '/spool/x' };
const shared: SharedFile = {
  ...{ ...spooled, fileName: 'x', fileId: 'f', size: 1, sharedAtMs: 0, state: 'idle' },
};

for (const [what, end, shares, removed] of [
  ['that failed in the end leaves nothing', 'fail', [], ['/spool/x']],
  ['that was shared after all stays', 'share', [shared], []],
  [
    'whose name is shared from elsewhere leaves nothing',
    'fail',
    [{ ...shared, path: '/x' }],
    ['/spool/x'],
  ],
] as const) {
  void t.test(`what was kept and ${what}`, async (t) => {
    const gone: string[] = [];
    const late = deferred<void>();
    const removing = removeUnlessShared(
      { shares: () => Promise.resolve(shares) },
      { remove: (path) => Promise.resolve(void gone.push(path)) },
      spooled,
      late.promise,
    );
    t.same(gone, [], 'not before the end of it');
    if (end === 'fail') late.reject(new Error('the tracker is away'));
    else late.resolve();
    await removing;
    t.same(gone, removed);
  });
}
