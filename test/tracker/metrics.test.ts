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
  metrics.onTurn(3);
  metrics.onCommitted(20);
  const labels = { version: '1.2.3' };
  const figures = (value: number) => [
    { name: 'p2p_x', help: 'An x', value },
    { name: 'p2p_y_total', help: 'All y', value: 2, type: 'counter' as const },
    { name: 'p2p_z', help: 'A z', value: 1, labels },
  ];
  await metrics.render(figures(6));
  const lines = (await metrics.render(figures(7))).split('\n');
  const duration = 'p2p_tracker_request_duration_seconds';
  for (const line of [
    '# HELP p2p_x An x',
    '# TYPE p2p_x gauge',
    'p2p_x 7',
    '# TYPE p2p_y_total counter',
    'p2p_y_total 2',
    'p2p_z{version="1.2.3"} 1',
    'p2p_tracker_turn_wait_seconds_bucket{le="0.005"} 1',
    'p2p_tracker_commit_duration_seconds_bucket{le="0.01"} 0',
    'p2p_tracker_commit_duration_seconds_count 1',
    'p2p_tracker_events_total{event="login failed"} 2',
    'p2p_tracker_requests_total{method="login",result="ok"} 2',
    'p2p_tracker_requests_total{method="login",result="WRONG_PASSWORD"} 1',
    `${duration}_bucket{le="0.0025",method="login"} 0`,
    `${duration}_bucket{le="0.005",method="login"} 1`,
    `${duration}_bucket{le="10",method="login"} 2`,
    `${duration}_bucket{le="+Inf",method="login"} 3`,
    `${duration}_count{method="login"} 3`,
  ]) {
    t.ok(lines.includes(line), line);
  }
  t.equal(lines.at(-1), '', 'the last line ends');
});
