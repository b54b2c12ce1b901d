/**
 * What those who wait for downloads in line have heard of their places, so that each look tells only what is another
 * one: a line of a thousand that stands still tells nobody anything. Pure.
 */
export class ToldPlaces {
  /** Of those in line for which somebody waits. */
  readonly #told = new Map<string, number>();

  /** Whoever waits for it has heard that place. */
  onTold(id: string, place: number): void {
    this.#told.set(id, place);
  }

  /** Those whose place is another one by now, which counts as told. What has left the line is told no more. */
  takeMoved(places: ReadonlyMap<string, number>): string[] {
    const moved: string[] = [];
    for (const [id, told] of this.#told) {
      const place = places.get(id);
      if (place === undefined) this.#told.delete(id);
      else if (place !== told) {
        this.#told.set(id, place);
        moved.push(id);
      }
    }
    return moved;
  }

  /** Nobody is in line. */
  clear(): void {
    this.#told.clear();
  }
}
