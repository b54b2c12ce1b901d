/** The bytes of the small files of a downloaded folder, wherever they lie: in its pack, or placed. */
import type { UnpackTask } from '../messages/unpacking.js';
import type { Content } from './content.js';
import { MiB } from '../../net/limits.js';

const COPY_BYTES = 1 * MiB;

export class EntryBytes {
  readonly #facts: UnpackTask['facts'];
  readonly #content: Content;
  readonly #pieceLength: number;
  readonly #bytes = Buffer.allocUnsafe(COPY_BYTES);

  constructor({ facts, content }: Pick<UnpackTask, 'facts' | 'content'>, opened: Content) {
    this.#facts = facts;
    this.#content = opened;
    this.#pieceLength = content.layout.pieces.pieceLength;
  }

  /** It has pieces of its own, and grows under its own path. */
  isLarge(entry: number): boolean {
    return this.#facts.sizes[entry]! >= this.#pieceLength;
  }

  /**
   * Shows the bytes of a file, part by part, as long as `show` answers true; answers the same. They
   * are true until it returns.
   * @throws StorageError
   */
  each(entry: number, show: (bytes: Buffer, at: number) => boolean): boolean {
    const { sizes, starts } = this.#facts;
    const size = sizes[entry]!;
    for (let at = 0; at < size; at += COPY_BYTES) {
      const bytes = this.#bytes.subarray(0, Math.min(COPY_BYTES, size - at));
      this.#content.read(starts[entry]! + at, bytes, 0, bytes.length);
      if (!show(bytes, at)) return false;
    }
    return true;
  }
}
