import t from 'tap';
import { AlonePlaces } from '../../../src/main/downloads/alone-places.js';
import { MAX_SMALL_FILES_ALONE } from '../../../src/net/limits.js';

t.test('a bounded number has a place, and whoever ends hands it on', async (t) => {
  const places = new AlonePlaces();
  const { signal } = new AbortController();
  const taken = await Promise.all(
    Array.from({ length: MAX_SMALL_FILES_ALONE }, () => places.take(signal)),
  );
  const order: string[] = [];
  const next = places.take(signal).then((end) => {
    order.push('next');
    return end;
  });
  const last = places.take(signal).then(() => order.push('last'));
  taken[0]!();
  taken[0]!();
  const end = await next;
  t.same(order, ['next'], 'a place is given back once');
  end();
  await last;
  t.same(order, ['next', 'last']);
});

t.test('who is stopped waits no longer, and takes no place', async (t) => {
  const places = new AlonePlaces();
  const { signal } = new AbortController();
  const taken = await Promise.all(
    Array.from({ length: MAX_SMALL_FILES_ALONE }, () => places.take(signal)),
  );
  const stopping = new AbortController();
  const stopped = places.take(stopping.signal);
  const next = places.take(signal);
  stopping.abort();
  (await stopped)();
  (await places.take(stopping.signal))();
  taken[0]!();
  t.type(await next, 'function', 'the place went to the one who waits');
});
