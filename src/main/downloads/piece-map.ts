/** Makes the map of a download's pieces, as long as a list of cells may be. Owns no state. */
import { Bitfield } from '../../net/bitfield.js';
import { decodeDescriptionInTurns, type Description } from '../../net/description.js';
import { bug, P2pError } from '../../net/errors.js';
import { piecesOfChoice } from '../../net/folder-choice.js';
import { folderLayout } from '../../net/folder-layout.js';
import { MAX_PIECE_MAP_CELLS } from '../../net/limits.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { PieceMap } from '../api/piece-map.js';
import type { Library } from '../home/library.js';
import type { LibraryDownload } from '../home/library-records.js';
import type { PieceTable } from '../swarm/piece-table.js';
import type { Downloads } from './downloads.js';
import { damagedRow } from './left-downloads.js';
import { noSuchDownload } from './which-downloads.js';

/** What is known of the pieces. */
export interface MappedPieces {
  readonly layout: Pick<PieceLayout, 'pieceCount' | 'pieceLength'>;
  readonly wanted: Bitfield;
  readonly verified: Bitfield;
  /** While they are fetched. */
  readonly fetching?: Pick<PieceTable, 'stateOf' | 'availability'>;
}

/** The map of these pieces. Pure. */
export function pieceMap({ layout, wanted, verified, fetching }: MappedPieces): PieceMap {
  const { pieceCount, pieceLength } = layout;
  const cells = Math.min(pieceCount, MAX_PIECE_MAP_CELLS);
  const none = (): number[] => new Array<number>(cells).fill(0);
  const map = { wanted: none(), verified: none(), asked: none(), peers: none() };
  for (let cell = 0; cell < cells; cell++) {
    const end = Math.floor(((cell + 1) * pieceCount) / cells);
    let fewest = Infinity;
    for (let piece = Math.floor((cell * pieceCount) / cells); piece < end; piece++) {
      if (!wanted.has(piece)) continue;
      map.wanted[cell]!++;
      if (verified.has(piece)) map.verified[cell]!++;
      else if (fetching) {
        if (fetching.stateOf(piece) !== 'missing') map.asked[cell]!++;
        fewest = Math.min(fewest, fetching.availability(piece));
      }
    }
    if (fewest !== Infinity) map.peers[cell] = fewest;
  }
  const { peers, ...always } = map;
  return { pieceCount, pieceLength, ...always, ...(fetching && { peers }) };
}

export interface PieceMapOwners {
  readonly library: () => Promise<Pick<Library, 'findDownload' | 'description' | 'leftOf'>>;
  readonly downloads: Pick<Downloads, 'running'>;
}

/** See EngineApi. @throws P2pError */
export async function downloadPieces(
  { library, downloads }: PieceMapOwners,
  id: string,
): Promise<PieceMap> {
  const table = downloads.running.find(({ request }) => request.id === id)?.pieces;
  if (table) {
    const { layout, wanted, verified } = table;
    return pieceMap({ layout, wanted, verified, fetching: table });
  }
  const open = await library();
  const row = open.findDownload(id);
  if (!row) throw noSuchDownload();
  const description = await describedBy(open, row);
  const { layout } = description;
  const wanted = wantedOf(row, description);
  if (row.state === 'complete') return pieceMap({ layout, wanted, verified: wanted });
  const { kept } = open.leftOf(id);
  const verified = kept && Bitfield.from(kept.bits, layout.pieceCount);
  return pieceMap({ layout, wanted, verified: verified ?? new Bitfield(layout.pieceCount) });
}

/** @throws StorageError when what the library has of it is damaged */
async function describedBy(
  library: Pick<Library, 'description'>,
  { fileId }: LibraryDownload,
): Promise<Description> {
  const encoded = library.description(fileId);
  if (!encoded) throw damagedRow();
  try {
    return await decodeDescriptionInTurns(encoded);
  } catch (error) {
    if (error instanceof P2pError) throw damagedRow();
    throw error;
  }
}

function wantedOf({ choice }: LibraryDownload, { folder, layout }: Description): Bitfield {
  if (!choice || !folder) return Bitfield.full(layout.pieceCount);
  const lies = folderLayout(folder, layout.pieceLength) ?? bug('a folder without a layout');
  return piecesOfChoice(lies, choice).wanted;
}
