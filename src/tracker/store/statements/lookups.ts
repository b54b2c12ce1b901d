/**
 * How rows are found that are asked for by many names or contents at once, each by one look into an index, however many
 * rows a member, a group, a name or a content has. The two databases have to be led there in words of their own.
 */
import type { RawBuilder } from 'kysely';
import type { StoredShare } from '../stored.js';

export type Sharer = Omit<StoredShare, 'name'>;

/** Some of the contents that were asked about, as rows of one column. */
export type FoundContents = RawBuilder<{ readonly value: string }>;

export interface Lookups {
  /** True of rows of `shares`: a device shares one of the names for a user. */
  readonly sharesOf: (sharer: Sharer, names: readonly string[]) => RawBuilder<boolean>;
  /** True of rows of `files`: the group has it under one of the names. */
  readonly filesNamed: (groupId: string, names: readonly string[]) => RawBuilder<boolean>;
  /** Those for which a name of the group stands, or stood before it was replaced; some perhaps twice. */
  readonly contentsIn: (groupId: string, fileIds: readonly string[]) => FoundContents;
  /** Those that the device shares for the user under some name. */
  readonly contentsSharedBy: (sharer: Sharer, fileIds: readonly string[]) => FoundContents;
}
