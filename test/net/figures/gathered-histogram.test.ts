import { Histogram, Registry } from 'prom-client';
import t from 'tap';
import { GatheredHistogram } from '../../../src/net/figures/gathered-histogram.js';

const bounds = [0.001, 0.25, 1, 10];

t.test('the page is the one that prom-client makes of the same', async (t) => {
  const registry = new Registry();
  const reference = new Histogram({
    ...{ name: 'p2p_x_seconds', help: 'Time of x', labelNames: ['method'], registers: [registry] },
    buckets: bounds,
  });
  const gathered = new GatheredHistogram('p2p_x_seconds', 'Time of x', 'method', bounds);
  for (const method of ['login', 'announce', 'login']) {
    for (const seconds of [0, 0.001, 0.0011, 0.25, 0.5, 1, 9.5, 10, 11, 600]) {
      reference.observe({ method }, seconds);
      gathered.observe(method, seconds);
    }
  }
  t.equal(gathered.render(), await registry.metrics());
});

t.test('nothing observed is a figure without values', async (t) => {
  const gathered = new GatheredHistogram('p2p_x_seconds', 'Time of x', 'method', bounds);
  t.equal(gathered.render(), '# HELP p2p_x_seconds Time of x\n# TYPE p2p_x_seconds histogram\n');
});
