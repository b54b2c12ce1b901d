import t from 'tap';
import { Heartbeat } from '../../src/net/heartbeat.js';

void t.test('who is silent is asked twice, and then taken for dead', (t) => {
  const heart = new Heartbeat();
  const beats = (): string[] => [1, 2, 3, 4].map(() => heart.beat());
  t.same(beats(), ['alive', 'silent', 'silent', 'dead']);
  heart.onSignOfLife();
  t.same(beats(), ['alive', 'silent', 'silent', 'dead']);
  t.end();
});

void t.test('any sign between two beats will do', (t) => {
  const heart = new Heartbeat();
  t.equal(heart.beat(), 'alive');
  t.equal(heart.beat(), 'silent');
  heart.onSignOfLife();
  heart.onSignOfLife();
  t.equal(heart.beat(), 'alive');
  t.equal(heart.beat(), 'silent');
  t.end();
});
