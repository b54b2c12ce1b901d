/** Who stands near whom, and is told of what by that. */
import t from 'tap';
import { neighbourhoodOf, toldOf } from '../../../src/tracker/reach/neighbourhood.js';

const at = (host: string) => ({ host, port: 4000 });

t.test('the places at which somebody is seen', (t) => {
  for (const [seen, places] of [
    ['127.0.0.1', ['this machine']],
    ['::1', ['this machine']],
    ['::ffff:192.168.7.9', ['net 192.168.7', 'host 192.168.7.9']],
    ['1.2.3.4', ['net 1.2.3', 'host 1.2.3.4']],
    ['2a00:1:2:3::9', ['net 2a00:1:2:3::/64']],
    ['fe80::9%eth1', ['link eth1']],
    ['', []],
    ['224.0.0.1', []],
  ] as const) {
    t.same(neighbourhoodOf(seen), places, seen);
  }
  t.end();
});

/** What is told at the places of somebody, besides what is told to everybody. */
function toldAt(viewer: string, known: Parameters<typeof toldOf>[0]): string[] {
  const places = neighbourhoodOf(viewer);
  const fit = (toldOf(known).nearby ?? []).findLast(({ to }) => places.includes(to));
  return (fit?.addresses ?? []).map(({ host }) => host);
}

t.test('the proven is told to everybody, but for loopback and links', (t) => {
  const proven = ['1.2.3.4', '192.168.1.5', '127.0.0.1'].map(at);
  const told = toldOf({ seen: '127.0.0.1', proven, unproven: [] });
  t.same(told.addresses, [at('1.2.3.4'), at('192.168.1.5')]);
  t.same(told.nearby, [{ to: 'this machine', addresses: [at('127.0.0.1')] }]);
  t.same(toldOf({ seen: '1.2.3.4', proven: [at('1.2.3.4')], unproven: [] }).nearby, []);
  t.end();
});

t.test('the unproven is told on the same network alone', (t) => {
  const unproven = ['192.168.1.5', '1.2.3.7', '203.0.113.9', '9.9.9.9'].map(at);
  const behind = { seen: '1.2.3.4', proven: [], unproven };
  const inside = ['192.168.1.5', '1.2.3.7', '203.0.113.9'];
  t.same(toldAt('1.2.3.4', behind), inside, 'behind the same router');
  t.same(toldAt('1.2.3.99', behind), ['1.2.3.7'], 'beside it: not what is inside');
  for (const viewer of ['1.2.4.4', '127.0.0.1', '192.168.1.6', '2a00::1', '']) {
    t.same(toldAt(viewer, behind), [], viewer);
  }
  const campus = { seen: '10.1.1.4', proven: [], unproven: [at('10.1.1.4'), at('9.9.9.9')] };
  t.same(toldAt('10.1.1.200', campus), ['10.1.1.4']);
  t.same(toldAt('10.1.2.200', campus), []);
  const six = {
    seen: '2a00::4',
    proven: [],
    unproven: [at('2a00::4'), at('10.0.0.1'), at('2b00::')],
  };
  t.same(toldAt('2a00::5', six), ['2a00::4', '10.0.0.1']);
  const here = { seen: '127.0.0.1', proven: [], unproven: [at('127.0.0.1'), at('10.0.0.1')] };
  t.same(toldAt('127.0.0.1', here), [], 'what the tracker can dial itself it has to have proven');
  t.end();
});
