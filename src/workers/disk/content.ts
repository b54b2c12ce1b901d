/**
 * The bytes of a content on disk, by their place in the content. Its callers know such places only,
 * never descriptors.
 */
export interface Content {
  /**
   * Reads the `length` bytes from `at` on into `into`, to `to` and behind; all of them or none
   * that count.
   * @throws StorageError FILE_CHANGED when the file ends before, else what the disk says
   */
  read(at: number, into: Buffer, to: number, length: number): void;

  /**
   * Writes the `length` bytes of `bytes` that begin at `from` to `at` and behind.
   * @throws StorageError what the disk says
   */
  write(at: number, bytes: Buffer, from: number, length: number): void;

  /** Lets go of what it has opened itself; may be read again, which opens it again. Idempotent. */
  close(): void;
}
