import t from 'tap';
import { canOthersRenameIn, folderFlaw, isLinkToTrust } from '../../src/net/own-folder.js';

const OURS = 1000;
const folder = (uid: number, mode: number) => ({ uid, mode, isDirectory: () => true });

t.test('a folder is ours alone when it is ours and nobody else may write to it', (t) => {
  const cases = [
    [folder(OURS, 0o40700), undefined],
    [folder(OURS, 0o40755), undefined],
    [folder(OURS, 0o40500), undefined],
    [folder(OURS, 0o42750), undefined],
    [folder(OURS, 0o40770), 'open-to-a-group'],
    [folder(OURS, 0o42775), 'open-to-a-group'],
    [folder(OURS, 0o40720), 'open-to-a-group'],
    [folder(OURS, 0o40777), 'open-to-everybody'],
    [folder(OURS, 0o41777), 'open-to-everybody'],
    [folder(OURS, 0o40702), 'open-to-everybody'],
    [folder(OURS + 1, 0o40700), 'of-another-user'],
    [folder(0, 0o40755), 'of-another-user'],
    [folder(OURS + 1, 0o40777), 'of-another-user'],
    [{ ...folder(OURS, 0o100600), isDirectory: () => false }, 'no-folder'],
    [{ ...folder(OURS, 0o120777), isDirectory: () => false }, 'no-folder'],
  ] as const;
  for (const [stats, flaw] of cases) {
    t.equal(folderFlaw(stats, OURS), flaw, `${stats.uid} ${stats.mode.toString(8)}`);
  }
  t.end();
});

t.test('root gets no exception, and a link is trusted for who made it', (t) => {
  t.equal(folderFlaw(folder(OURS, 0o40700), 0), 'of-another-user');
  t.equal(folderFlaw(folder(0, 0o40700), 0), undefined);
  t.ok(isLinkToTrust({ uid: OURS }, OURS));
  t.ok(isLinkToTrust({ uid: 0 }, OURS));
  t.notOk(isLinkToTrust({ uid: OURS + 1 }, OURS));
  t.notOk(isLinkToTrust({ uid: OURS }, 0));
  t.end();
});

t.test('who else may rename what lies in a folder', (t) => {
  const trusted = [OURS, 0];
  for (const [mode, can] of [
    [0o40755, false],
    [0o40700, false],
    [0o41777, false],
    [0o41775, false],
    [0o40775, true],
    [0o40757, true],
    [0o42775, true],
  ] as const) {
    t.equal(canOthersRenameIn({ uid: OURS, mode }, trusted), can, mode.toString(8));
    t.equal(canOthersRenameIn({ uid: 0, mode }, trusted), can, mode.toString(8));
    t.equal(canOthersRenameIn({ uid: OURS + 1, mode }, trusted), true, mode.toString(8));
  }
  t.end();
});
