/** Whether others reach a client, as it learns it from the tracker. */
import t from 'tap';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import type { LateReach } from '../../../src/main/api/reach.js';
import { Reachability } from '../../../src/main/sharing/reachability.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';

const at = (host: string) => ({ host, port: 7 });
const own = [{ host: '192.168.1.5', interfaceName: 'eth0', isInternal: false }];

/** `seen`: where the tracker sees it; private addresses are not dialled from outside. */
function scene(
  seen: string,
  listening = '::',
  isLoopbackMeant = false,
  late: LateReach | undefined = undefined,
) {
  let due: (() => void) | undefined;
  const events: ClientEvent[] = [];
  const claimed: string[][] = [];
  const tracker = new FakeTrackerCalls({
    goOnline: ({ addresses }) => {
      claimed.push(addresses.map(({ host }) => host));
      const isOutside = seen.startsWith('1.');
      const dialled = addresses
        .map(({ host, port }) => ({ host: host === '::' ? seen : host, port }))
        .filter(({ host }) => !(isOutside && /^(192|127)/.test(host)));
      return { addresses: dialled, seen };
    },
  });
  const reach = new Reachability({
    announced: { resolve: async () => [] },
    own: () => own,
    isLoopbackMeant,
    late: () => late,
    later: (_, work) => {
      due = work;
      return () => (due = undefined);
    },
    emit: (event) => events.push(event),
  });
  const register = () => reach.register(tracker, [at(listening)]);
  const elapse = (): void => {
    const work = due;
    due = undefined;
    work?.();
  };
  return { reach, register, elapse, events, claimed };
}

const states = (events: ClientEvent[]) =>
  events.map((event) => (event.type === 'reach' ? event.reach.state : event.type));

t.test('it is told once where others reach it', async (t) => {
  const { reach, register, elapse, events, claimed } = scene('192.168.1.5');
  t.same(reach.state, { state: 'unserved' });
  await register();
  t.same(claimed, [['::', '192.168.1.5']]);
  elapse();
  t.same(reach.state, { state: 'looking' });
  t.same(events, [], 'that is nothing to tell');
  const tried = [{ ...at('192.168.1.5'), outcome: 'answered' as const }];
  reach.onReach({ addresses: [at('192.168.1.5')], tried });
  elapse();
  const told = { state: 'reached', addresses: [at('192.168.1.5')], from: 'elsewhere' };
  t.same(events, [{ type: 'reach', reach: told }]);
  await register();
  reach.onReach({ addresses: [at('192.168.1.5')], tried });
  elapse();
  t.equal(events.length, 1, 'again is no news');
  reach.end();
  t.same(reach.state, { state: 'unserved' });
});

t.test('behind a router only the neighbours come', async (t) => {
  const { reach, register, elapse, events } = scene('1.2.3.4');
  await register();
  reach.onReach({ addresses: [], tried: [{ ...at('1.2.3.4'), outcome: 'silent' }] });
  elapse();
  t.match(reach.state, {
    state: 'nearby',
    addresses: [at('192.168.1.5')],
    obstacle: { reason: 'silent', at: [at('1.2.3.4')] },
  });
  t.same(states(events), ['nearby']);
});

t.test('what a tracker on this machine has tried, a firewall may hide', async (t) => {
  const { reach, register } = scene('127.0.0.1');
  await register();
  reach.onReach({ addresses: [at('127.0.0.1'), at('192.168.1.5')], tried: [] });
  t.match(reach.state, { state: 'reached', addresses: [at('192.168.1.5')], from: 'this-machine' });
});

t.test('who listens on loopback alone is reached by nobody else', async (t) => {
  const { reach, register } = scene('1.2.3.4', '127.0.1.1');
  await register();
  t.match(reach.state, { state: 'unreached', obstacle: { reason: 'loopback' } });
});

t.test('where all is on one machine, as it was said, there is nothing to tell', async (t) => {
  const { reach, register, elapse, events } = scene('127.0.0.1', '127.0.0.1', true);
  await register();
  elapse();
  t.same(reach.state, { state: 'local', addresses: [at('127.0.0.1')] });
  t.same(events, []);
});

t.test('who is found nowhere is called, where the tracker passes calls on', async (t) => {
  const late = { relay: 't.example:8000' };
  const walled = scene('192.168.1.5', '::', false, late);
  await walled.register();
  const tried = [{ ...at('192.168.1.5'), outcome: 'silent' as const }];
  walled.reach.onReach({ addresses: [], tried });
  t.match(walled.reach.state, { state: 'unreached', late });
  const inside = scene('1.2.3.4', '::', false, {});
  await inside.register();
  inside.reach.onReach({ addresses: [], tried: [{ ...at('1.2.3.4'), outcome: 'silent' }] });
  t.same(inside.reach.state, {
    state: 'nearby',
    addresses: [at('192.168.1.5')],
    obstacle: { reason: 'silent', at: [at('1.2.3.4')] },
    late: {},
  });
  const lonely = scene('1.2.3.4', '127.0.1.1', false, {});
  await lonely.register();
  t.match(lonely.reach.state, { state: 'unreached', obstacle: { reason: 'loopback' }, late: {} });
});

t.test('whom the tracker has found on its own machine alone nobody calls', async (t) => {
  const { reach, register } = scene('127.0.0.1', '::', false, {});
  await register();
  const tried = [
    { ...at('192.168.1.5'), outcome: 'silent' as const },
    { ...at('127.0.0.1'), outcome: 'answered' as const },
  ];
  reach.onReach({ addresses: [at('127.0.0.1')], tried });
  t.notOk('late' in reach.state);
  t.equal(reach.state.state, 'unreached');
});

t.test('a tracker of before says no more than where it found it', async (t) => {
  const { reach, register } = scene('192.168.1.5');
  await register();
  reach.onReach({ addresses: [] });
  t.match(reach.state, { state: 'unreached', obstacle: { reason: 'untried' } });
});

t.test('several dials in vain: the one that can be helped is told', async (t) => {
  const { reach, register } = scene('192.168.1.6');
  await register();
  reach.onReach({
    addresses: [],
    tried: [
      { ...at('192.168.1.6'), outcome: 'no-way' },
      { ...at('192.168.1.5'), outcome: 'silent' },
    ],
  });
  t.match(reach.state, { state: 'unreached', obstacle: { reason: 'silent' } });
});

t.test('that nobody can come is not told before the router has answered', async (t) => {
  let due: (() => void) | undefined;
  let isAsked = true;
  const events: ClientEvent[] = [];
  const seen = '1.2.3.4';
  const mapped: { host: string; port: number }[] = [];
  const tracker = new FakeTrackerCalls({
    goOnline: ({ addresses }) => {
      const dialled = addresses.filter(({ host }) => host === '::');
      return { addresses: dialled.map(({ port }) => ({ host: seen, port })), seen };
    },
  });
  const reach = new Reachability({
    announced: { resolve: async () => [] },
    mapped: () => mapped,
    isRouterAsked: () => isAsked,
    own: () => own,
    isLoopbackMeant: false,
    later: (_, work) => {
      due = work;
      return () => (due = undefined);
    },
    emit: (event) => events.push(event),
  });
  const elapse = (): void => {
    const work = due;
    due = undefined;
    work?.();
  };
  await reach.register(tracker, [at('::')]);
  reach.onReach({ addresses: [], tried: [{ ...at(seen), outcome: 'refused' }] });
  elapse();
  t.same(events, []);
  isAsked = false;
  reach.onRouterAnswered();
  elapse();
  t.same(states(events), ['nearby']);
  mapped.push({ host: '::', port: 8 });
  await reach.register(tracker, [at('::')]);
  t.match(reach.found?.tried, [{ ...at(seen), outcome: 'refused' }], 'that is not tried again');
  reach.onReach({ addresses: [], tried: [{ host: seen, port: 8, outcome: 'silent' }] });
  t.equal(reach.found?.tried.length, 2);
  reach.onReach({
    addresses: [{ host: seen, port: 8 }],
    tried: [{ host: seen, port: 8, outcome: 'answered' }],
  });
  elapse();
  t.same(states(events), ['nearby', 'reached']);
  reach.end();
  reach.onRouterAnswered();
  t.equal(due, undefined);
});

t.test('whoever has to know whether it was found hears so as soon as that is known', async (t) => {
  const never = new AbortController().signal;
  const { reach, register } = scene('192.168.1.5');
  await register();
  const found = reach.whenKnown(never);
  t.notOk(reach.isFound);
  reach.onReach({ addresses: [at('192.168.1.5')] });
  t.ok(await found);
  t.ok(await reach.whenKnown(never), 'and at once from then on');
  const other = scene('192.168.1.5');
  await other.register();
  const lost = other.reach.whenKnown(never);
  other.reach.onReach({
    addresses: [],
    tried: [{ ...at('192.168.1.5'), outcome: 'silent' }],
  });
  t.notOk(await lost);
  const impatient = scene('192.168.1.5');
  await impatient.register();
  const patience = new AbortController();
  const waiting = impatient.reach.whenKnown(patience.signal);
  patience.abort();
  t.notOk(await waiting);
});

t.test('that nobody comes is not known before a router has answered, and been tried', async (t) => {
  const never = new AbortController().signal;
  const router = { isAsked: true, mapped: [] as { host: string; port: number }[] };
  const reach = new Reachability({
    announced: { resolve: async () => [] },
    mapped: () => router.mapped,
    isRouterAsked: () => router.isAsked,
    own: () => [],
    isLoopbackMeant: false,
    later: () => () => undefined,
    emit: () => undefined,
  });
  const seen = '203.0.113.7';
  const dialled = [at(seen)];
  const tracker = new FakeTrackerCalls({ goOnline: () => ({ addresses: dialled, seen }) });
  await reach.register(tracker, [at('::')]);
  let answer: boolean | undefined;
  const known = reach.whenKnown(never).then((isFound) => (answer = isFound));
  reach.onReach({ addresses: [], tried: [{ ...at(seen), outcome: 'silent' }] });
  await new Promise(setImmediate);
  t.equal(answer, undefined, 'the router is being asked');
  router.isAsked = false;
  router.mapped.push({ host: '::', port: 8 });
  reach.onRouterAnswered();
  await new Promise(setImmediate);
  t.equal(answer, undefined, 'the tracker has not tried what it passes on');
  const outside = { host: seen, port: 8 };
  dialled.push(outside);
  await reach.register(tracker, [at('::')]);
  reach.onReach({ addresses: [outside], tried: [{ ...outside, outcome: 'answered' }] });
  t.ok(await known);
});
