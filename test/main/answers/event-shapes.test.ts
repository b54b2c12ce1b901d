/** The shapes of events: each that there is has one, and nothing else passes. */
import t from 'tap';
import {
  clientEventShapes,
  flawsOfEvent,
  workEventShapes,
} from '../../../src/main/answers/event-shapes.js';
import { EVENT_TYPES } from '../../../src/main/api/event-types.js';

t.test('each event of a client has a shape, and none has one that is not there', (t) => {
  const shapes = Object.keys({ ...workEventShapes, ...clientEventShapes });
  t.same(shapes.sort(), [...EVENT_TYPES].sort());
  t.end();
});

t.test('a line is an event if it has its keys, and no others', (t) => {
  const common = { v: 1, time: 1_795_777_200_000 };
  const lost = { event: 'lost', ...common, events: 2 };
  t.same(flawsOfEvent(lost), []);
  for (const wrong of [
    ...[{ ...lost, events: 1.5 }, { ...lost, v: 2 }, { ...lost, more: 1 }, { event: 'lost' }],
    ...[{ ...lost, event: 'toString' }, { ...lost, event: 7 }, [], null, 'lost'],
  ]) {
    t.not(flawsOfEvent(wrong).length, 0, JSON.stringify(wrong));
  }
  t.end();
});
