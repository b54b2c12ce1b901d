import t from 'tap';
import { isTrackerMethod, parseParams } from '../../../src/tracker/params.js';
import { Requests, type LoadKind } from '../../../native-bench/tracker-load/requests.js';
import { RivalRequests } from '../../../native-bench/tracker-load/rival-requests.js';
import { seededRandom } from '../../fixtures/seeded-random.js';
import { FILES_PER_GROUP, offeredAt } from '../../../native-bench/tracker-load/world.js';
import { sampleFile } from '../../tracker/tracker-client.js';

const files = Array.from({ length: FILES_PER_GROUP }, (_, n) => {
  const { fileId, description } = sampleFile(n + 1);
  return { name: `f${n}`, fileId, description };
});
const device = { keyPem: '', certPem: '', userId: 'anna', token: 'secret', groupId: 'g', place: 3 };

function requests(): Requests {
  return new Requests(device, files, seededRandom(7));
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** @throws what the tracker would refuse it with */
function checked(text: string): Request {
  const request = JSON.parse(text) as Request;
  if (!isTrackerMethod(request.method)) throw new Error(`no method ${request.method}`);
  parseParams(request.method, request.params);
  return request;
}

void t.test('the tracker takes every request', (t) => {
  const kinds: LoadKind[] = [
    ...(['announce', 'repeat', 'mix', 'watch', 'ticket', 'describe', 'list', 'share'] as const),
  ];
  for (const kind of kinds) {
    const some = requests();
    const ids = new Set(Array.from({ length: 50 }, () => checked(some.next(kind)).id));
    t.equal(ids.size, 50, kind);
  }
  const some = requests();
  checked(some.resume('secret'));
  checked(some.goOnline('127.0.0.1'));
  checked(some.inGroup('leaveGroup'));
  t.equal((checked(some.announceAll()).params['files'] as unknown[]).length, 8);
  t.end();
});

void t.test('the mix is the measured one', (t) => {
  const counts = new Map<string, number>();
  const some = requests();
  for (let n = 0; n < 20_000; n++) {
    const { method } = checked(some.next('mix'));
    counts.set(method, (counts.get(method) ?? 0) + 1 / 200);
  }
  const wanted = {
    announce: 35,
    watch: 15,
    unwatch: 15,
    describeFiles: 15,
    listFiles: 5,
    ticket: 15,
  };
  for (const [method, percent] of Object.entries(wanted)) {
    t.ok(Math.abs((counts.get(method) ?? 0) - percent) < 1.5, method);
  }
  t.end();
});

void t.test('an announcement changes the state of a file, but for one that repeats', (t) => {
  const states = new Map<string, string>();
  const some = requests();
  const stateOf = (kind: LoadKind): [string, string] => {
    const [file] = checked(some.next(kind)).params['files'] as { fileId: string; state: string }[];
    return [file!.fileId, file!.state];
  };
  for (let n = 0; n < 100; n++) {
    const [fileId, state] = stateOf('announce');
    t.not(state, states.get(fileId) ?? 'complete');
    states.set(fileId, state);
  }
  for (let n = 0; n < 20; n++) {
    const [fileId, state] = stateOf('repeat');
    t.equal(state, states.get(fileId) ?? 'complete');
  }
  t.end();
});

void t.test('a client offers different files of its group', (t) => {
  for (let place = 0; place < 50; place++) {
    const offered = offeredAt(place);
    t.equal(new Set(offered).size, offered.length);
    t.ok(offered.every((index) => index >= 0 && index < FILES_PER_GROUP));
  }
  t.end();
});

void t.test('the rival is told the same changes, with ids of 20 characters', (t) => {
  const some = new RivalRequests({ index: 5, group: 1, place: 3 }, seededRandom(7));
  t.equal(some.announceAll().length, 8);
  const first = JSON.parse(some.next()) as { info_hash: string; peer_id: string; left: number };
  t.equal(first.info_hash.length, 20);
  t.equal(first.peer_id.length, 20);
  t.equal(first.left, 1);
  t.end();
});
