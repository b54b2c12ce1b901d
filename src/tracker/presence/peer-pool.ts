/**
 * Devices to draw from, by user: the first device of every user comes before the second one of any, in
 * random order. So a user with many devices is drawn no sooner than one with a single one, and passing
 * over users of whom no more may be told costs a step each. Changes cost the same however many there are.
 */
import { bug } from '../../net/errors.js';
import { inRandomOrder, type Drawable, type IsFull } from './draw.js';

interface UserSlot<T> {
  readonly userId: string;
  /** A user's devices are as few as their sessions; never empty. */
  readonly devices: T[];
  /** Where it stands in `#slots`. */
  at: number;
}

export class PeerPool<T extends Drawable> {
  readonly #slots: UserSlot<T>[] = [];
  readonly #byUser = new Map<string, UserSlot<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a device that is not there. */
  add(device: T): void {
    this.#size++;
    const present = this.#byUser.get(device.userId);
    if (present) return void present.devices.push(device);
    const slot = { userId: device.userId, devices: [device], at: this.#slots.length };
    this.#slots.push(slot);
    this.#byUser.set(device.userId, slot);
  }

  /** Removes a device that is there. */
  remove(device: T): void {
    const slot = this.#byUser.get(device.userId);
    const at = slot?.devices.indexOf(device) ?? -1;
    if (!slot || at < 0) bug(`${device.deviceId} is in no pool`);
    this.#size--;
    removeAt(slot.devices, at);
    if (slot.devices.length > 0) return;
    this.#byUser.delete(device.userId);
    removeAt(this.#slots, slot.at);
    const moved = this.#slots[slot.at];
    if (moved) moved.at = slot.at;
  }

  /** In random order; a user who is full when their turn comes is passed over from then on. */
  *draw(random: () => number, isFull: IsFull): Generator<T> {
    let round: Rest<T>[] = [];
    for (const { userId, devices } of inRandomOrder(this.#slots, random)) {
      if (isFull(userId)) continue;
      const rest = inRandomOrder(devices, random);
      const first = rest.next();
      if (!first.done) yield first.value;
      if (devices.length > 1) round.push({ userId, devices: rest });
    }
    while (round.length > 0) {
      const again: Rest<T>[] = [];
      for (const rest of round) {
        if (isFull(rest.userId)) continue;
        const another = rest.devices.next();
        if (another.done) continue;
        yield another.value;
        again.push(rest);
      }
      round = again;
    }
  }
}

/** What is left of a user's devices. */
interface Rest<T> {
  readonly userId: string;
  readonly devices: Generator<T>;
}

/** The last one takes the place. */
function removeAt<T>(items: T[], at: number): void {
  const last = items.pop() as T;
  if (at < items.length) items[at] = last;
}
