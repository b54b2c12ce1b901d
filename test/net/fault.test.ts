/** Errors that nobody foresaw: told, and turned into what costs one connection. */
import { once } from 'node:events';
import t from 'tap';
import { PeerError, StorageError } from '../../src/net/errors.js';
import { faultOf, peerFaultOf } from '../../src/net/fault.js';

t.test('a foreseen error keeps its code and text, and is not told', async (t) => {
  const told: Error[] = [];
  const listener = (warning: Error): void => void told.push(warning);
  process.on('warning', listener);
  t.same(faultOf(new StorageError('DISK_FULL', 'full')), { code: 'DISK_FULL', message: 'full' });
  const error = new PeerError('REVOKED', 'out');
  t.equal(peerFaultOf(error), error);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  t.same(told, []);
});

t.test('an unforeseen one is told, and says nothing to a stranger', async (t) => {
  for (const thrown of [new TypeError('secret'), 'a string', undefined]) {
    const warned = once(process, 'warning');
    t.same(faultOf(thrown), { code: 'INTERNAL', message: 'internal error' });
    await warned;
  }
  const warned = once(process, 'warning');
  t.match(peerFaultOf(new RangeError('secret')), { code: 'INTERNAL', message: 'internal error' });
  await warned;
});
