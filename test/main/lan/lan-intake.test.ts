import t from 'tap';
import { LanIntake, isTimely } from '../../../src/main/lan/lan-intake.js';
import {
  LAN_LETTER_LIFE_MS,
  LAN_OPENED_BURST,
  LAN_SOURCE_BURST,
  MAX_LAN_LETTERS_REMEMBERED,
  MAX_LAN_SOURCES,
} from '../../../src/net/limits.js';

const admitted = (intake: LanIntake, hosts: readonly string[], nowMs = 0): number =>
  hosts.filter((host) => intake.admits(host, nowMs)).length;

t.test('one address takes its burst and no more, and leaves the rest to others', (t) => {
  const intake = new LanIntake(0);
  t.equal(admitted(intake, Array(1_000).fill('192.0.2.1') as string[]), LAN_SOURCE_BURST);
  t.ok(intake.admits('192.0.2.2', 0));
  t.ok(intake.admits('192.0.2.1', 1_000), 'a second later it has some again');
  t.end();
});

t.test('many addresses together take what one machine can open', (t) => {
  const intake = new LanIntake(0);
  const hosts = Array.from({ length: 2 * MAX_LAN_SOURCES }, (_, index) => `host ${index}`);
  t.equal(admitted(intake, hosts), LAN_OPENED_BURST);
  t.end();
});

t.test('a letter counts once, as long as it is timely', (t) => {
  const intake = new LanIntake(0);
  t.notOk(intake.isKnown('a'));
  intake.remember('a');
  t.ok(intake.isKnown('a'));
  for (let count = 0; count < MAX_LAN_LETTERS_REMEMBERED; count++) intake.remember(`${count}`);
  t.notOk(intake.isKnown('a'), 'of many the oldest is forgotten');
  const now = 1_000_000;
  for (const [offMs, expected] of [
    [0, true],
    [LAN_LETTER_LIFE_MS, true],
    [LAN_LETTER_LIFE_MS + 1, false],
    [-LAN_LETTER_LIFE_MS, true],
    [-LAN_LETTER_LIFE_MS - 1, false],
  ] as const) {
    t.equal(isTimely(now + offMs, now), expected, `${offMs} ms`);
  }
  t.end();
});
