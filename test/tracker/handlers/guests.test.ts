import t, { type Test } from 'tap';
import { GUEST_NOTE_INTERVAL_MS, GUEST_NOTES_BURST } from '../../../src/net/limits.js';
import { sampleFile } from '../tracker-client.js';
import { handlers } from '../../../src/tracker/handlers/all.js';
import { openScene } from '../tracker-scene.js';
import { undoneTurns } from '../undone-turns.js';

const g = { groupId: 'g' };
const film = sampleFile(1);

async function openGroup(t: Test) {
  const scene = await openScene(t);
  const [anna, rita, mallory] = [
    await scene.enter('anna'),
    await scene.enter('rita'),
    await scene.enter('mallory'),
  ];
  await scene.makeGroup('g', anna, rita);
  await scene.call(anna, 'setRole', { ...g, userId: 'rita', role: 'reader' });
  const { fileId, description } = film;
  await scene.call(anna, 'shareFile', { ...g, name: 'film', fileId, description });
  const note = { ...g, name: 'film', fileId: film.fileId };
  const noted = async () => {
    const { items } = await scene.call(anna, 'history', g);
    return items.filter(({ action }) => action === 'guest-download');
  };
  return { scene, anna, rita, mallory, note, noted };
}

void t.test('what a guest takes is told in the name of the member', async (t) => {
  const { scene, anna, note, noted } = await openGroup(t);
  t.same(await scene.call(anna, 'noteGuestDownload', note), {});
  t.match(await noted(), [{ actor: 'anna', subjects: ['film'] }]);
});

void t.test('nobody notes what is not theirs to give', async (t) => {
  const { scene, anna, rita, mallory, note, noted } = await openGroup(t);
  const refused = [
    [rita, note, 'READ_ONLY'],
    [mallory, note, 'NOT_A_MEMBER'],
    [anna, { ...note, groupId: 'none' }, 'NO_SUCH_GROUP'],
    [anna, { ...note, name: 'other' }, 'NO_SUCH_FILE'],
    [anna, { ...note, fileId: sampleFile(2).fileId }, 'NO_SUCH_FILE'],
  ] as const;
  for (const [client, params, code] of refused) {
    await t.rejects(scene.call(client, 'noteGuestDownload', params), { code });
  }
  await scene.call(anna, 'stopShare', { ...g, name: 'film' });
  await t.rejects(scene.call(anna, 'noteGuestDownload', note), { code: 'NO_SUCH_FILE' });
  t.same(await noted(), []);
});

void t.test('a history is not washed out with guests', async (t) => {
  const { scene, anna, note, noted } = await openGroup(t);
  for (let guest = 0; guest < GUEST_NOTES_BURST; guest++) {
    await scene.call(anna, 'noteGuestDownload', note);
  }
  await t.rejects(scene.call(anna, 'noteGuestDownload', note), { code: 'LIMIT_REACHED' });
  scene.nowMs += GUEST_NOTE_INTERVAL_MS;
  await scene.call(anna, 'noteGuestDownload', note);
  t.equal((await noted()).length, GUEST_NOTES_BURST + 1);
});

void t.test('a download that a store notes several times counts once', async (t) => {
  const { scene, anna, note, noted } = await openGroup(t);
  const turns = undoneTurns(scene.context.store, GUEST_NOTES_BURST + 1);
  const call = { context: { ...scene.context, turns }, session: anna.session };
  t.same(await handlers.noteGuestDownload(call, note), {});
  t.equal((await noted()).length, 1);
});
