/**
 * What the measurements say together: the ceiling of a transfer on this machine, how much of
 * it was reached, and what is in the way. Pure.
 */
import type { PeerTransport } from '../../net/tracker-api.js';
import type { DiskRates } from './measure-disk.js';
import type { HashingRates } from './measure-hashing.js';
import type { TrialTransfer } from './trial-transfer.js';

/** Everything that was measured; rates are bytes per second. */
export interface Measurements {
  readonly size: number;
  readonly cores: number;
  readonly loopback: Readonly<Record<PeerTransport, number>>;
  readonly disk: DiskRates;
  readonly hashing: HashingRates;
  readonly transfers: readonly TrialTransfer[];
}

/** Something that a transfer cannot be faster than. */
export interface Bound {
  readonly name: string;
  readonly bytesPerSecond: number;
}

export interface Verdict extends TrialTransfer {
  /** The lowest of the bounds. */
  readonly ceiling: Bound;
  /** All bounds, the lowest first. */
  readonly bounds: readonly Bound[];
  /** Of the ceiling. */
  readonly fraction: number;
  readonly bottleneck: string;
}

/** Below this share of the ceiling, what is in the way is none of what was measured. */
const REACHED_FRACTION = 0.5;

/** Judges one transfer by what the parts of this machine can do alone. */
export function verdictOn(transfer: TrialTransfer, measured: Measurements): Verdict {
  const bounds = boundsOf(transfer.transport, measured).toSorted(
    (a, b) => a.bytesPerSecond - b.bytesPerSecond,
  );
  const ceiling = bounds[0]!;
  const fraction = transfer.bytesPerSecond / ceiling.bytesPerSecond;
  const bottleneck =
    fraction >= REACHED_FRACTION
      ? ceiling.name
      : 'nothing that was measured here; is the machine busy with something else?';
  return { ...transfer, ceiling, bounds, fraction, bottleneck };
}

/** Each stage with the machine to itself, and all of them sharing its cores. */
function boundsOf(transport: PeerTransport, measured: Measurements): Bound[] {
  const { loopback, disk, hashing, cores } = measured;
  const sha1 = hashing.byEngine.wasm;
  // Core-seconds per byte: two ends of the connection, reading and hashing, writing.
  const work = 2 / loopback[transport] + hashing.threads / sha1 + 1 / disk.write;
  return [
    {
      name: transport === 'tls' ? 'loopback by TLS' : 'loopback',
      // Two connections can do twice of it while there are cores for both ends of each.
      bytesPerSecond: loopback[transport] * Math.max(1, Math.floor(cores / 2)),
    },
    { name: 'reading the file', bytesPerSecond: disk.read },
    { name: 'SHA-1', bytesPerSecond: sha1 },
    { name: 'writing the file', bytesPerSecond: disk.write },
    {
      name: `the processor: ${cores} cores send, receive, hash and write at once`,
      bytesPerSecond: cores / work,
    },
  ];
}
