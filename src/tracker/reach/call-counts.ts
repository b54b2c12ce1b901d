/** How many calls were passed on since the start, by the way on which the two were to meet. */
export type CallKind = 'direct' | 'relay' | 'member-relay';

export class CallCounts {
  readonly #counts: Record<CallKind, number> = { direct: 0, relay: 0, 'member-relay': 0 };

  onPassedOn(kind: CallKind): void {
    this.#counts[kind]++;
  }

  get all(): Readonly<Record<CallKind, number>> {
    return this.#counts;
  }
}
