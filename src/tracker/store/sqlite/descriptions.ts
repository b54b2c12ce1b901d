/** The statements behind descriptions that come in. */
import type { Kysely } from 'kysely';
import { DESCRIPTION_SLICE_BYTES } from '../../../net/limits.js';
import type { Tables } from '../statements/tables.js';
import type { StoreTransaction } from '../store.js';

/** Binds the statements on descriptions to one transaction. */
export function descriptionStatements(
  tx: Kysely<Tables>,
): Pick<StoreTransaction, 'addDescription'> {
  return {
    async addDescription(fileId, { size, files }, bytes, userId) {
      await tx
        .insertInto('descriptions')
        .values({
          ...{ file_id: fileId, size, description_bytes: bytes.length },
          folder_files: files ?? null,
        })
        .execute();
      await tx
        .insertInto('description_owners')
        .values({ file_id: fileId, user_id: userId })
        .execute();
      for (let at = 0; at < bytes.length; at += DESCRIPTION_SLICE_BYTES) {
        const slice = bytes.subarray(at, at + DESCRIPTION_SLICE_BYTES);
        await tx
          .insertInto('description_slices')
          .values({ file_id: fileId, slice_index: at / DESCRIPTION_SLICE_BYTES, bytes: slice })
          .execute();
      }
    },
  };
}
