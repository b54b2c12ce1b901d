/** What a client of a WebTorrent tracker announces: the same changes as a client of the product. Pure. */
import { FILES_PER_GROUP, offeredAt } from './world.js';

export class RivalRequests {
  readonly #peerId: string;
  readonly #group: number;
  readonly #offered: readonly number[];
  readonly #random: () => number;
  readonly #isPartial: boolean[];

  constructor(
    client: { readonly index: number; readonly group: number; readonly place: number },
    random: () => number,
  ) {
    this.#peerId = `-BN0001-${String(client.index).padStart(12, '0')}`;
    this.#group = client.group;
    this.#offered = offeredAt(client.place);
    this.#isPartial = this.#offered.map(() => false);
    this.#random = random;
  }

  /** One text for each file that the client offers. */
  announceAll(): string[] {
    return this.#offered.map((index) => this.#announce(index, false, 'started'));
  }

  next(): string {
    const at = Math.floor(this.#random() * this.#offered.length);
    const isPartial = (this.#isPartial[at] = !this.#isPartial[at]);
    return this.#announce(this.#offered[at]!, isPartial, isPartial ? 'update' : 'completed');
  }

  #announce(file: number, isPartial: boolean, event: string): string {
    const hash = String(this.#group * FILES_PER_GROUP + file).padStart(20, 'h');
    const counts = `"uploaded":0,"downloaded":0,"left":${isPartial ? 1 : 0}`;
    return `{"action":"announce","info_hash":"${hash}","peer_id":"${this.#peerId}",${counts},"event":"${event}","numwant":0}`;
  }
}
