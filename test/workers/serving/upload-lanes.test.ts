/** Sessions by their limits: fake sessions, and limits that a test sets. */
import t from 'tap';
import { UploadLanes } from '../../../src/workers/serving/upload-lanes.js';
import type {
  Answer,
  PendingRequest,
  ScheduledSession,
} from '../../../src/workers/serving/upload-scheduler.js';

class FakeSession implements ScheduledSession {
  readonly requests: PendingRequest[] = [];
  hasRoom = true;
  readonly #name: string;
  readonly #log: string[];
  #onSent: (() => void) | undefined;

  constructor(name: string, log: string[]) {
    this.#name = name;
    this.#log = log;
  }

  ask(count: number): void {
    for (let pieceIndex = 0; pieceIndex < count; pieceIndex++)
      this.requests.push({ fileRef: 0, fileId: 'a', pieceIndex, offset: 0, length: 9, atMs: 0 });
  }

  answer(request: PendingRequest, onSent: () => void): Answer {
    this.requests.splice(this.requests.indexOf(request), 1);
    this.hasRoom = false;
    this.#log.push(this.#name);
    this.#onSent = onSent;
    return 'sent';
  }

  /** The block that was under way is on the socket. */
  sent(): void {
    this.hasRoom = true;
    this.#onSent?.();
  }
}

function scene() {
  const log: string[] = [];
  const lanes = new UploadLanes(() => 0);
  const limits = { limited: new Set<string>(), isAllLimited: true };
  const session = (name: string, groupId: string): FakeSession => {
    const one = new FakeSession(name, log);
    lanes.add(one, name, {
      get lane() {
        return limits.limited.has(groupId) ? `all ${groupId}` : 'all';
      },
      get isLimited() {
        return limits.isAllLimited || limits.limited.has(groupId);
      },
      changes: 0,
      reserve: () => 0,
    });
    one.ask(3);
    lanes.serve(one);
    return one;
  };
  return { lanes, limits, session, take: () => log.splice(0) };
}

t.test('those that share their limits have turns, others are not held up', (t) => {
  const { limits, session, take } = scene();
  limits.limited.add('slow');
  const ann = session('ann', 'fast');
  session('ben', 'slow');
  session('cy', 'fast');
  session('dan', 'slow');
  t.same(take(), ['ann', 'ben'], 'one block at a time in each lane');
  ann.sent();
  t.same(take(), ['cy']);
  t.end();
});

t.test('a session goes on in another lane when a limit is set or taken away', (t) => {
  const { limits, session, lanes, take } = scene();
  const ann = session('ann', 'slow');
  const cy = session('cy', 'fast');
  t.same(take(), ['ann']);
  limits.limited.add('slow');
  lanes.serve(ann);
  t.same(take(), ['cy'], 'it has left its turn to the next');
  ann.sent();
  t.same(take(), ['ann'], 'what is asked for is answered there, though nothing new was asked');
  cy.sent();
  t.same(take(), ['cy']);
  limits.limited.delete('slow');
  ann.sent();
  t.same(take(), ['ann'], 'the lane that is left ends with its block');
  lanes.remove(ann);
  ann.sent();
  cy.sent();
  t.same(take(), ['cy']);
  t.end();
});

t.test('one that is not there is not served', (t) => {
  const { session, lanes, take } = scene();
  const ann = session('ann', 'g');
  take();
  lanes.remove(ann);
  lanes.serve(ann);
  ann.sent();
  t.same(take(), []);
  t.end();
});
