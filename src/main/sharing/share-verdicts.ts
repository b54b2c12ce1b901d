/**
 * What the tracker says of this client's shares, as far as that is no plain yes: that a name has a
 * newer version, or that it does not take the share. Owns that table; a verdict is about the content
 * that had the name then, and means nothing for another one.
 */
import type { LibraryShare } from '../home/library-records.js';

/** `reason` is a sentence for people. */
export type ShareVerdict =
  | { readonly state: 'older'; readonly reason: string }
  | { readonly state: 'refused'; readonly reason: string };

type Named = Pick<LibraryShare, 'groupId' | 'name' | 'fileId'>;

export class ShareVerdicts {
  /** Group → name → the content and what was said of it; no more than there are shares. */
  readonly #said = new Map<string, Map<string, ShareVerdict & { readonly fileId: string }>>();

  /** What was said of a share last; undefined when the tracker takes it, or was not asked. */
  of({ groupId, name, fileId }: Named): ShareVerdict | undefined {
    const said = this.#said.get(groupId)?.get(name);
    return said?.fileId === fileId ? said : undefined;
  }

  note({ groupId, name, fileId }: Named, verdict: ShareVerdict): void {
    const names = this.#said.get(groupId) ?? new Map<string, ShareVerdict & { fileId: string }>();
    this.#said.set(groupId, names.set(name, { ...verdict, fileId }));
  }

  /** The tracker takes the share, or it is none any more. */
  delete(groupId: string, name: string): void {
    const names = this.#said.get(groupId);
    names?.delete(name);
    if (names?.size === 0) this.#said.delete(groupId);
  }

  clear(): void {
    this.#said.clear();
  }
}
