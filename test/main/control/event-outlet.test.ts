/** Events on their way to a caller who reads, and to one who does not. */
import { EventEmitter } from 'node:events';
import t from 'tap';
import type {
  ClientEvent,
  EventScope,
  TimedEventListener,
} from '../../../src/main/api/client-events.js';
import { EventOutlet } from '../../../src/main/control/event-outlet.js';
import { EventFeed } from '../../../src/main/engine/event-feed.js';
import { MAX_EVENTS_WAITING_BYTES } from '../../../src/net/limits.js';

/** A socket of which only the backlog is looked at. */
class Backlog extends EventEmitter {
  writableLength = 0;
}

function scene() {
  let nowMs = 0;
  const feed = new EventFeed(() => ++nowMs);
  const socket = new Backlog();
  const sent: [string, number][] = [];
  const engine = {
    events: (listener: TimedEventListener, scope?: EventScope) => feed.subscribe(listener, scope),
  };
  const outlet = new EventOutlet({
    engine,
    socket: socket as never,
    send: (event, atMs) => {
      sent.push([event.type === 'lost' ? `lost ${event.events}` : event.type, atMs]);
    },
  });
  const emit = (count = 1): void => {
    for (let index = 0; index < count; index++) feed.emit(out);
  };
  return { feed, socket, sent, outlet, emit };
}

const out: ClientEvent = { type: 'logged-out' };

t.test('who does not read is told how many were left out, once there is room', (t) => {
  const { socket, sent, outlet, emit } = scene();
  emit();
  outlet.begin('news');
  emit();
  socket.writableLength = MAX_EVENTS_WAITING_BYTES;
  emit(3);
  t.same(sent, [['logged-out', 2]]);
  socket.writableLength = 0;
  socket.emit('drain');
  t.same(sent.slice(1), [['lost 3', 5]], 'also when nothing more happens');
  socket.emit('drain');
  socket.writableLength = MAX_EVENTS_WAITING_BYTES;
  emit(2);
  socket.writableLength = MAX_EVENTS_WAITING_BYTES - 1;
  emit();
  t.same(sent.slice(2), [
    ['lost 2', 7],
    ['logged-out', 8],
  ]);
  outlet.end();
  emit();
  t.equal(sent.length, 4);
  t.end();
});

t.test('the scope that was asked for last counts', (t) => {
  const { feed, sent, outlet } = scene();
  const detail: ClientEvent = { type: 'share-ended', groupId: 'g', fileName: 'f' };
  outlet.begin('news');
  feed.emit(detail);
  outlet.begin('all');
  feed.emit(detail);
  feed.emit(out);
  t.same(
    sent.map(([type]) => type),
    ['share-ended', 'logged-out'],
  );
  t.end();
});
