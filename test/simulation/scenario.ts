/**
 * A scenario of a simulated network, drawn from a seed: who is there, how fast, honest or not, and what
 * goes wrong until it becomes calm. Then everybody must get the file.
 */
import { KiB, MiB } from '../../src/net/limits.js';
import type { PieceLayout } from '../../src/net/piece-layout.js';
import { seededRandom } from '../fixtures/seeded-random.js';
import type { ClientPlan } from './sim-client.js';
import type { Vice } from './vices.js';

const PIECE_LENGTH = 256 * KiB;
/** Pieces times clients: a crowd shares a small file, a few share a larger one. */
const MAX_COPIED_PIECES = 240;

/** Something that happens at a moment. */
export type Mishap =
  | { readonly kind: 'reset'; readonly atMs: number; readonly client: number }
  /** A client's process is killed, and starts again. */
  | {
      readonly kind: 'kill';
      readonly atMs: number;
      readonly client: number;
      readonly downMs: number;
    }
  | { readonly kind: 'tracker-restart'; readonly atMs: number; readonly downMs: number };

export interface Scenario {
  readonly seed: number;
  readonly layout: PieceLayout;
  readonly blockLength: number;
  readonly clients: readonly ClientPlan[];
  /** What the tracker takes to answer. */
  readonly trackerAnswerMs: number;
  readonly mishaps: readonly Mishap[];
  /** From here on nothing new goes wrong. */
  readonly calmMs: number;
  /** With it every connection has TCP's window, and so many bytes from one loss to the next. */
  readonly bytesPerLoss?: number;
}

export function scenarioOf(seed: number): Scenario {
  const random = seededRandom(seed);
  const draw = new Draw(random);
  const clientCount = 3 + Math.floor(random() ** 1.5 * 10);
  const seedCount = random() < 0.7 ? 1 : draw.between(1, Math.min(3, clientCount - 1));
  const liarCount = draw.between(0, Math.min(5, clientCount - seedCount - 1));
  const mostPieces = Math.min(64, Math.floor(MAX_COPIED_PIECES / clientCount));
  const pieceCount = 8 + Math.floor(random() ** 3 * (mostPieces - 7));
  const size = (pieceCount - 1) * PIECE_LENGTH + draw.between(1, PIECE_LENGTH);
  const clients = Array.from({ length: clientCount }, (_, number) =>
    draw.client(number, seedCount, liarCount),
  );
  const calmMs = draw.between(2, 25) * 1_000;
  return {
    seed,
    layout: { size, pieceLength: PIECE_LENGTH, pieceCount },
    blockLength: draw.of([256 * KiB, 256 * KiB, 128 * KiB, 64 * KiB]),
    clients,
    trackerAnswerMs: draw.scaled(0.5, 1_000),
    mishaps: draw.mishaps(clientCount, calmMs),
    calmMs,
  };
}

class Draw {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  of<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  /** Every order of magnitude as often as another. */
  scaled(least: number, most: number): number {
    return least * (most / least) ** this.#random();
  }

  /** Seeds come first, then liars, then those who download. */
  client(number: number, seedCount: number, liarCount: number): ClientPlan {
    const isHonestSeed = number < seedCount;
    const isLiar = !isHonestSeed && number < seedCount + liarCount;
    const upBytesPerSecond = Math.round(this.scaled(0.5 * MiB, 8 * MiB));
    const downBytesPerSecond = Math.round(this.scaled(1 * MiB, 16 * MiB));
    const isLimited = this.#random() < 0.3;
    const limit = Math.round(upBytesPerSecond * (0.3 + 0.6 * this.#random()));
    const userOf = this.#random() < 0.2 ? Math.floor(number / 2) * 2 : number;
    return {
      number,
      userId: `user-${userOf}`,
      isSeed: isHonestSeed || isLiar,
      vice: isLiar ? this.#vice() : undefined,
      rates: { upBytesPerSecond, downBytesPerSecond },
      uploadLimit: isLimited ? limit : undefined,
      threads: this.between(1, 3),
      latencyMs: this.scaled(0.2, 60),
      startMs: isHonestSeed ? 0 : this.between(0, 4_000),
    };
  }

  #vice(): Vice {
    const share = this.#random();
    const afterBlocks = this.between(0, 30);
    return this.of<Vice>([
      { kind: 'corrupts', share },
      { kind: 'boasts', share },
      { kind: 'stalls', afterBlocks },
      { kind: 'drips', afterBlocks },
      { kind: 'breaks', afterBlocks },
      { kind: 'refuses' },
      { kind: 'mute' },
      { kind: 'absent' },
    ]);
  }

  mishaps(clientCount: number, calmMs: number): Mishap[] {
    const mishaps: Mishap[] = [];
    const atMs = (): number => this.between(100, calmMs);
    const client = (): number => this.between(0, clientCount - 1);
    const resets = this.#random() < 0.5 ? 0 : this.between(1, 60);
    for (let left = resets; left > 0; left--)
      mishaps.push({ kind: 'reset', atMs: atMs(), client: client() });
    const kills = this.#random() < 0.5 ? 0 : this.between(1, 4);
    for (let left = kills; left > 0; left--) {
      const downMs = this.between(50, 8_000);
      mishaps.push({ kind: 'kill', atMs: atMs(), client: client(), downMs });
    }
    const restarts = this.#random() < 0.6 ? 0 : this.between(1, 3);
    // Most of what is said to a tracker is said at the beginning.
    for (let left = restarts; left > 0; left--) {
      const soonMs = this.#random() < 0.5 ? this.between(100, 5_000) : atMs();
      mishaps.push({ kind: 'tracker-restart', atMs: soonMs, downMs: this.between(10, 5_000) });
    }
    return mishaps;
  }
}
