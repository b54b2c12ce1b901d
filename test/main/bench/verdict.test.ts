/** What the measurements of `p2p bench` say together. */
import t from 'tap';
import { verdictOn, type Measurements } from '../../../src/main/bench/verdict.js';
import type { TrialTransfer } from '../../../src/main/bench/trial-transfer.js';

const MB = 1e6;

function measured(changes: Partial<Measurements> = {}): Measurements {
  return {
    size: 256 * MB,
    cores: 64,
    loopback: { tcp: 2000 * MB, tls: 1000 * MB },
    disk: { write: 1500 * MB, writeThrough: 100 * MB, read: 4000 * MB },
    hashing: {
      threads: 4,
      byEngine: { wasm: 5000 * MB, native: 5000 * MB, 'hash-wasm': 2000 * MB },
    },
    transfers: [],
    ...changes,
  };
}

function transfer(transport: 'tcp' | 'tls', bytesPerSecond: number): TrialTransfer {
  const phasesMs = { connect: 1, transfer: 1, finish: 1 };
  return { transport, bytesPerSecond, commandMs: 1, phasesMs };
}

t.test('with cores to spare, the slowest stage is the ceiling', async (t) => {
  const verdict = verdictOn(transfer('tcp', 1200 * MB), measured());
  t.match(verdict.ceiling, { name: 'writing the file', bytesPerSecond: 1500 * MB });
  t.equal(verdict.fraction, 0.8);
  t.equal(verdict.bottleneck, 'writing the file');
});

t.test('with few cores, all stages share them', async (t) => {
  const verdict = verdictOn(transfer('tcp', 500 * MB), measured({ cores: 2 }));
  t.match(verdict.bottleneck, /^the processor/);
  // 2/2000 + 4/5000 + 1/1500 core-seconds per MB, on two cores.
  t.equal(Math.round(verdict.ceiling.bytesPerSecond / MB), 811);
});

t.test('a TLS transfer is held against what TLS can do', async (t) => {
  const disk = { write: 9000 * MB, writeThrough: 100 * MB, read: 9000 * MB };
  // One core for each end of one connection, and far more for everything else.
  const hashing = { threads: 1, byEngine: { wasm: 9000 * MB, native: 1, 'hash-wasm': 1 } };
  const slow = { cores: 3, loopback: { tcp: 9000 * MB, tls: 100 * MB }, disk, hashing };
  t.equal(verdictOn(transfer('tls', 90 * MB), measured(slow)).bottleneck, 'loopback by TLS');
  t.not(verdictOn(transfer('tcp', 3000 * MB), measured(slow)).bottleneck, 'loopback by TLS');
});

t.test('a transfer far below every bound is not blamed on any of them', async (t) => {
  const { bottleneck } = verdictOn(transfer('tcp', 100 * MB), measured());
  t.match(bottleneck, /nothing that was measured here/);
});

t.test('the bounds come with the lowest first', async (t) => {
  const { bounds } = verdictOn(transfer('tls', 100 * MB), measured());
  const rates = bounds.map(({ bytesPerSecond }) => bytesPerSecond);
  t.same(
    rates,
    rates.toSorted((a, b) => a - b),
  );
  t.equal(bounds.length, 5);
});
