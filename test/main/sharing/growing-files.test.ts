/** Files that are served while they grow: real offers, a fake tracker and a fake listener. */
import t, { type Test } from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import { PeerError, TrackerError, type P2pError } from '../../../src/net/errors.js';
import type { Announcement } from '../../../src/net/tracker-api.js';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import type { AccountSession } from '../../../src/main/account/account-session.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { GrowingFiles, type GrowingFile } from '../../../src/main/sharing/growing-files.js';
import { FakeAccountLink } from '../../fixtures/fake-account-link.js';
import { FakeFile, FakeOffer } from '../../fixtures/fake-offer.js';
import { bitsOf, layoutOf } from '../swarm/fake-swarm.js';
import { Scene as Offers } from './uploads-scene.js';

/** Growing files under test; the file `a` of `chess` grows, a session of that group may read. */
function scene(t: Test, pieceCount = 4) {
  const { uploads, listener, ...offers } = offersOf(t);
  const announced: Announcement[] = [];
  const tracker = {
    announce: async (one: Announcement): Promise<void> => void announced.push(one),
  };
  const opening = deferred<void>();
  let isOpen = false;
  const listening = {
    isOpen: () => isOpen,
    start: (): Promise<unknown> => opening.promise,
  };
  const open = async (): Promise<void> => {
    isOpen = true;
    opening.resolve();
    await background.settled();
  };
  const link: { session: AccountSession | undefined } = { session: new FakeAccountLink().session };
  const events: ClientEvent[] = [];
  const background = new BackgroundWork((event) => events.push(event));
  const growing = new GrowingFiles({
    uploads,
    batches: { announce: (one) => tracker.announce(one) },
    link,
    listening,
    background,
  });
  const retained: FakeFile[] = [];
  const file: GrowingFile = {
    groupId: 'chess',
    fileId: 'a',
    name: 'film',
    layout: layoutOf(pieceCount),
    verified: bitsOf(pieceCount, [0]),
    retain: () => {
      retained.push(new FakeFile(7));
      return retained.at(-1)!;
    },
  };
  const failures: P2pError[] = [];
  const begin = (one = file): void => growing.begin(one, (error) => failures.push(error));
  const states = () => announced.map(({ state }) => state);
  const around = { uploads, listener, ...offers, opening, open, link, background, retained };
  const told = { tracker, events };
  return { ...around, ...told, growing, file, failures, begin, states };
}

function offersOf(t: Test) {
  const offers = new Offers(t);
  const { uploads, listener } = offers;
  const ask = (fileId: string) => offers.open(1, fileId);
  offers.prove(1);
  return { uploads, listener, ask };
}

t.test(
  'it is offered with its first piece, and announced once somebody can reach us',
  async (t) => {
    const { begin, ask, retained, states, open } = scene(t);
    begin();
    t.match(await ask('a'), { type: 'opened', content: { fd: 7 } });
    t.equal(retained.length, 1, 'each session has a use of its own');
    t.same(states(), []);
    await open();
    t.same(states(), ['partial']);
  },
);

t.test('the pieces that it gains are told to those who have it open', async (t) => {
  const { begin, ask, growing, file, listener } = scene(t);
  begin();
  await ask('a');
  growing.onPiecesGained(file, [2]);
  growing.onPiecesGained({ ...file, verified: bitsOf(4, [1]) }, [3]);
  t.same(listener.takeWords(), ['have chess/a 2'], 'not those of another download');
});

t.test('one that stops is offered no more, and the tracker hears of it', async (t) => {
  const { begin, ask, growing, file, open, states, background, listener, uploads } = scene(t);
  begin();
  await ask('a');
  await open();
  growing.end(file);
  growing.end(file);
  await background.settled();
  t.same(listener.takeWords(), ['withdraw 1/0 NO_SUCH_FILE']);
  t.notOk(uploads.hasOffer('chess', 'a'));
  t.same(states(), ['partial', 'gone'], 'once');
});

t.test('one that stops before the listener is open is never announced', async (t) => {
  const { begin, growing, file, open, states } = scene(t);
  begin();
  growing.end(file);
  await open();
  t.same(states(), []);
});

t.test('one that is complete before the listener is open is announced as what it is', async (t) => {
  const { begin, open, states, uploads } = scene(t);
  begin();
  uploads.offer(new FakeOffer('chess', 'a', 30));
  await open();
  t.same(states(), ['complete']);
});

t.test('content of one piece does not grow, nor what is served already', async (t) => {
  const single = scene(t, 1);
  single.begin();
  t.notOk(single.uploads.hasOffer('chess', 'a'));
  const served = scene(t);
  const whole = new FakeOffer('chess', 'a', 30);
  served.uploads.offer(whole);
  served.begin();
  t.match(await served.ask('a'), { content: { fd: 30 } });
  served.growing.end(served.file);
  t.ok(served.uploads.hasOffer('chess', 'a'), 'the whole file is served on');
  await Promise.all([single.open(), served.open()]);
  t.same([...single.states(), ...served.states()], []);
});

t.test('a port that cannot be opened ends the download, which says so', async (t) => {
  const { begin, opening, background, failures, states } = scene(t);
  begin();
  const taken = new PeerError('ADDRESS_IN_USE', 'taken');
  opening.reject(taken);
  await background.settled();
  t.same(failures, [taken]);
  t.same(states(), []);
});

t.test('a tracker that is being greeted again hears of it once that is done', async (t) => {
  const { begin, open, states, tracker } = scene(t);
  const greeted = deferred<void>();
  const { announce } = tracker;
  // As the link does: what was offered has been told, and calls wait for the end of the greeting.
  tracker.announce = (one) => greeted.promise.then(() => announce(one));
  begin();
  const opened = open();
  greeted.resolve();
  await opened;
  t.same(states(), ['partial']);
});

t.test('a tracker that is lost hears of it when it is back, and nobody is told', async (t) => {
  const { begin, open, states, tracker, events } = scene(t);
  tracker.announce = () => Promise.reject(new TrackerError('CONNECTION_LOST', 'gone'));
  begin();
  await open();
  t.same(states(), []);
  t.same(events, []);
});

t.test('what else the tracker says is told', async (t) => {
  const { begin, open, tracker, events } = scene(t);
  tracker.announce = () => Promise.reject(new TrackerError('BUSY', 'later'));
  begin();
  await open();
  t.match(events, [{ type: 'background-failed', error: { code: 'BUSY' } }]);
});

t.test('without a login nothing is announced', async (t) => {
  const { begin, link, open, growing, file, background, states } = scene(t);
  link.session = undefined;
  begin();
  await open();
  growing.end(file);
  await background.settled();
  t.same(states(), []);
});
