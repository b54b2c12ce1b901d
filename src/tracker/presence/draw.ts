/**
 * Drawing peers at random, at most so many of each user: device keys cost nothing, so that a single
 * user could fill every answer. What a draw costs grows with what is drawn, not with what it is drawn
 * from. Pure; randomness is handed in.
 */

/** A device as far as drawing concerns it. */
export interface Drawable {
  readonly userId: string;
  readonly deviceId: string;
}

/** What somebody may be told of. */
export interface Wanted {
  /** Where they are seen. @default nowhere */
  readonly places?: readonly string[] | undefined;
  readonly count: number;
  /** Only those that have every piece. @default false */
  readonly onlyWhole?: boolean;
  readonly maxPerUser: number;
  /** Devices that count for nothing: one's own, and those that one knows. */
  readonly isKnown: (deviceId: string) => boolean;
  /** How many of a user's are out already. @default none */
  readonly held?: ReadonlyMap<string, number>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** A user of whom no more may be drawn. */
export type IsFull = (userId: string) => boolean;

/** Devices in random order; of users who are full they may be left out. */
export interface DrawSource<T> {
  /** Those that have every piece. */
  readonly whole: (isFull: IsFull) => Iterable<T>;
  readonly all: (isFull: IsFull) => Iterable<T>;
}

/**
 * Draws devices. Who has every piece comes first in half of the places: a crowd of others must not
 * crowd them out.
 */
export function draw<T extends Drawable>(source: DrawSource<T>, wanted: Wanted): T[] {
  const { count, onlyWhole = false, maxPerUser, isKnown, held } = wanted;
  const taken = new Map(held);
  const drawn = new Set<T>();
  const isFull: IsFull = (userId) => (taken.get(userId) ?? 0) >= maxPerUser;
  const take = (from: (isFull: IsFull) => Iterable<T>, most: number): void => {
    if (drawn.size >= most) return;
    for (const item of from(isFull)) {
      if (isFull(item.userId) || drawn.has(item) || isKnown(item.deviceId)) continue;
      taken.set(item.userId, (taken.get(item.userId) ?? 0) + 1);
      drawn.add(item);
      if (drawn.size >= most) return;
    }
  };
  take(source.whole, onlyWhole ? count : Math.ceil(count / 2));
  if (!onlyWhole) take(source.all, count);
  return [...drawn];
}

/** Items in random order, each drawn as it is asked for (a Fisher–Yates shuffle that copies nothing). */
export function* inRandomOrder<T>(items: readonly T[], random: () => number): Generator<T> {
  const moved = new Map<number, number>();
  for (let last = items.length - 1; last >= 0; last--) {
    const at = Math.floor(random() * (last + 1));
    yield items[moved.get(at) ?? at] as T;
    moved.set(at, moved.get(last) ?? last);
  }
}
