/** Everything that a simulated scenario is made of, and the dialling between its clients. */
import type { PeerAddress } from '../../src/net/tracker-api.js';
import type { Checks } from './checks.js';
import type { SimClient } from './sim-client.js';
import type { SimFile } from './sim-disk.js';
import type { SimFrame } from './sim-frame.js';
import { connect, type Socket } from './sim-network.js';
import type { SimTracker } from './sim-tracker.js';
import type { SendWindow } from './send-window.js';
import type { VirtualClock } from './virtual-clock.js';

/** TCP and TLS shake hands over this many ways. */
const HANDSHAKE_WAYS = 4;
/** Latencies vary by chance up to this share. */
const JITTER = 0.2;

export interface WorldParts {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly file: SimFile;
  readonly tracker: SimTracker;
  readonly checks: Checks;
  /** Hears what happens, for people. */
  readonly trace: (line: string) => void;
  /** What a connection's sender may have under way. @default a fixed bound */
  readonly windowOf?: (() => SendWindow) | undefined;
}

export class World implements WorldParts {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly file: SimFile;
  readonly tracker: SimTracker;
  readonly checks: Checks;
  readonly clients: SimClient[] = [];
  readonly #trace: (line: string) => void;
  readonly #windowOf: WorldParts['windowOf'];

  constructor({ clock, random, file, tracker, checks, trace, windowOf }: WorldParts) {
    this.clock = clock;
    this.random = random;
    this.file = file;
    this.tracker = tracker;
    this.checks = checks;
    this.#trace = trace;
    this.#windowOf = windowOf;
  }

  trace(line: string): void {
    this.#trace(`${(this.clock.now / 1000).toFixed(3)} ${line}`);
  }

  client(deviceId: string): SimClient | undefined {
    return this.clients.find((one) => one.deviceId === deviceId);
  }

  /** Dials the first of the addresses; whoever is absent never answers. */
  dial(
    from: SimClient,
    [address]: readonly PeerAddress[],
    onDone: (socket: Socket<SimFrame> | undefined, address?: PeerAddress) => void,
  ): void {
    const jitter = 1 + this.random() * JITTER;
    const target = this.clients.find((one) => one.address?.host === address?.host);
    const latencyMs = (from.plan.latencyMs + (target?.plan.latencyMs ?? 0)) * jitter;
    if (target?.plan.vice?.kind === 'absent') return;
    this.clock.later(HANDSHAKE_WAYS * latencyMs, () => {
      if (!target?.isUp || target.address?.port !== address?.port) return onDone(undefined);
      const window = this.#windowOf?.();
      const [ours, theirs] = connect<SimFrame>({
        ...(window && { window }),
        clock: this.clock,
        dialler: from.host,
        server: target.host,
        latencyMs,
      });
      target.accept(theirs);
      onDone(ours, address);
    });
  }
}
