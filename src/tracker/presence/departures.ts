/**
 * Devices that went offline and said so: nobody waits for their return. Known until those who know the device were told,
 * a moment later; of very many at once the oldest are forgotten, and taken for lost. Pure.
 */
import { MAX_DEPARTURES_KNOWN } from '../../net/limits.js';

export class Departures {
  /** The oldest first. */
  readonly #deviceIds = new Set<string>();

  /** It has taken its leave. */
  add(deviceId: string): void {
    this.#deviceIds.delete(deviceId);
    this.#deviceIds.add(deviceId);
    if (this.#deviceIds.size <= MAX_DEPARTURES_KNOWN) return;
    const [oldest] = this.#deviceIds;
    if (oldest !== undefined) this.#deviceIds.delete(oldest);
  }

  /** It is there again, or is lost now. */
  remove(deviceId: string): void {
    this.#deviceIds.delete(deviceId);
  }

  has(deviceId: string): boolean {
    return this.#deviceIds.has(deviceId);
  }
}
