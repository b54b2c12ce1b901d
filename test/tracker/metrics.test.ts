import t from 'tap';
import { Metrics } from '../../src/tracker/metrics.js';

void t.test('requests are counted by method, result and time', async (t) => {
  const metrics = new Metrics();
  t.teardown(() => metrics.close());
  metrics.onAnswered('login', 'ok', 0.003);
  metrics.onAnswered('login', 'WRONG_PASSWORD', 0.2);
  metrics.onAnswered('login', 'ok', 60);
  metrics.onEvent('login failed');
  metrics.onEvent('login failed');
  const lines = metrics.render([{ name: 'p2p_x', help: 'An x', value: 7 }]).split('\n');
  const duration = 'p2p_tracker_request_duration_seconds';
  for (const line of [
    '# HELP p2p_x An x',
    '# TYPE p2p_x gauge',
    'p2p_x 7',
    'p2p_tracker_events_total{event="login failed"} 2',
    'p2p_tracker_requests_total{method="login",result="ok"} 2',
    'p2p_tracker_requests_total{method="login",result="WRONG_PASSWORD"} 1',
    `${duration}_bucket{method="login",le="0.0025"} 0`,
    `${duration}_bucket{method="login",le="0.005"} 1`,
    `${duration}_bucket{method="login",le="10"} 2`,
    `${duration}_bucket{method="login",le="+Inf"} 3`,
    `${duration}_count{method="login"} 3`,
  ]) {
    t.ok(lines.includes(line), line);
  }
  t.equal(lines.at(-1), '', 'the last line ends');
});
