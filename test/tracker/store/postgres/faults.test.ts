import t from 'tap';
import { CONFLICT_RETRY_AFTER_MS } from '../../../../src/net/limits.js';
import {
  ConnectionGone,
  faultOf,
  startFault,
  toStoreError,
} from '../../../../src/tracker/store/postgres/faults.js';

/** An answer of the server. */
const answer = (code: string): Error =>
  Object.assign(new Error(`the server says ${code}`), { code, severity: 'ERROR' });

const gone = new ConnectionGone(new Error('ECONNRESET'));

void t.test('each state means one thing for whoever carries something out', (t) => {
  const table = {
    conflict: ['40001', '40P01'],
    away: [
      '57P01',
      '57P02',
      '57P03',
      '08006',
      '53300',
      '57014',
      '55P03',
      '25P03',
      '25P04',
      '58030',
    ],
    shortage: ['53100', '53200'],
    ours: ['23505', '23503', '42601', '22021', 'XX000', '25P02'],
  };
  for (const [fault, states] of Object.entries(table)) {
    for (const state of states) t.equal(faultOf(answer(state)), fault, state);
  }
  t.equal(faultOf(gone), 'away');
  t.equal(faultOf(new Error('ours')), 'ours');
  t.equal(faultOf(undefined), 'ours');
  // A code of Node's, or of ours, is no state of the server.
  t.equal(faultOf(Object.assign(new Error('ours'), { code: '40001' })), 'ours');
  t.end();
});

void t.test('who asked is told to try again, or that there is no room', (t) => {
  t.match(toStoreError(answer('40001')), {
    ...{ code: 'BUSY', message: /at once/, retryAfterMs: CONFLICT_RETRY_AFTER_MS },
  });
  t.match(toStoreError(gone), { code: 'BUSY', message: /does not answer/ });
  t.match(toStoreError(answer('53100')), { code: 'DISK_FULL' });
  const full = new ConnectionGone(Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' }));
  t.match(toStoreError(full), { code: 'SYSTEM_LIMIT', message: /ulimit/ }, 'no fault of its own');
  const ours = answer('23505');
  t.equal(toStoreError(ours), ours);
  t.end();
});

void t.test('who starts a tracker is told what to do', (t) => {
  t.match(startFault(gone), { code: 'IO_ERROR', advice: /whether the server runs/ });
  t.match(startFault(answer('28P01')), { code: 'PERMISSION_DENIED', advice: /login/ });
  t.match(startFault(answer('28000')), { code: 'PERMISSION_DENIED', advice: /login/ });
  t.match(startFault(answer('3D000')), { code: 'IO_ERROR', advice: /createdb/ });
  t.match(startFault(answer('42501')), { code: 'PERMISSION_DENIED', advice: /own it/ });
  t.match(startFault(answer('XX000')), { code: 'IO_ERROR', advice: /refuses it/ });
  t.end();
});
