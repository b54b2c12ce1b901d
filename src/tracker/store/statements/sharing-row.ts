/** The row with which a database answers what decides how a share is taken in, and what it stands for. Pure. */
import type { StoredShare, StoredSharing } from '../stored.js';

export interface SharingRow {
  readonly is_shared: number | boolean;
  readonly present_id: string | null;
  readonly present_size: number | null;
  readonly size: number | null;
  readonly description_bytes: number | null;
  readonly is_known: number | boolean;
  readonly share_count: number | null;
  readonly user_bytes: number | null;
  readonly total_bytes: number;
}

export function toSharing(
  { groupId, name }: StoredShare,
  wantedId: string,
  row: SharingRow,
): StoredSharing {
  const { present_id: fileId, present_size: size, description_bytes: descriptionBytes } = row;
  const isShared = Boolean(row.is_shared);
  const isSettled = isShared && fileId === wantedId;
  return {
    isShared,
    present: fileId === null ? undefined : { groupId, name, fileId, size: size ?? 0 },
    stored: descriptionBytes === null ? undefined : { size: row.size ?? 0, descriptionBytes },
    ...(isSettled ? NOT_LOOKED_AT : figuresOf(row)),
  };
}

type SharingFigures = Pick<StoredSharing, 'isKnown' | 'shareCount' | 'userBytes' | 'totalBytes'>;

const NOT_LOOKED_AT: SharingFigures = {
  isKnown: false,
  shareCount: 0,
  userBytes: 0,
  totalBytes: 0,
};

function figuresOf(row: SharingRow): SharingFigures {
  return {
    isKnown: Boolean(row.is_known),
    shareCount: row.share_count ?? 0,
    userBytes: row.user_bytes ?? 0,
    totalBytes: row.total_bytes,
  };
}
