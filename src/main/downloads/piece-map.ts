/**
 * Makes the map of a download's pieces, as long as a list of cells may be, in turns with everything else. Owns the last
 * map of each download that runs, for all who look at it.
 */
import { Bitfield } from '../../net/bitfield.js';
import { decodeDescriptionInTurns, type Description } from '../../net/description.js';
import { bug, P2pError } from '../../net/errors.js';
import { piecesOfChoice } from '../../net/folder-choice.js';
import { folderLayout } from '../../net/folder-layout.js';
import { MAX_PIECE_MAP_CELLS, PIECE_MAP_KEPT_MS, PIECE_MAP_PART_PIECES } from '../../net/limits.js';
import { inTurns } from '../../net/in-turns.js';
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

/** The map of these pieces, in parts. Pure. */
export function* pieceMap({
  layout,
  wanted,
  verified,
  fetching,
}: MappedPieces): Generator<void, PieceMap> {
  const { pieceCount, pieceLength } = layout;
  const cells = Math.min(pieceCount, MAX_PIECE_MAP_CELLS);
  const none = (): number[] => new Array<number>(cells).fill(0);
  const map = { wanted: none(), verified: none(), asked: none(), peers: none() };
  const partCells = Math.max(1, Math.floor((PIECE_MAP_PART_PIECES * cells) / pieceCount));
  for (let cell = 0; cell < cells; cell++) {
    if (cell > 0 && cell % partCells === 0) yield;
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

type KeptPieces = Pick<Library, 'findDownload' | 'description' | 'leftOf'>;

interface MadeMap {
  /** When it was begun, by the steady clock. */
  readonly atMs: number;
  readonly isComplete: boolean;
  readonly map: Promise<PieceMap>;
}

export interface PieceMapOwners {
  readonly library: () => Promise<KeptPieces>;
  readonly downloads: Pick<Downloads, 'running'>;
}

export class PieceMaps {
  readonly #owners: PieceMapOwners;
  readonly #steadyMs: () => number;
  /** As long as the download runs. */
  readonly #made = new WeakMap<PieceTable, MadeMap>();

  constructor(owners: PieceMapOwners, steadyMs: () => number) {
    this.#owners = owners;
    this.#steadyMs = steadyMs;
  }

  /** See EngineApi. @throws P2pError */
  async of(id: string): Promise<PieceMap> {
    const { downloads } = this.#owners;
    const table = downloads.running.find(({ request }) => request.id === id)?.pieces;
    return table ? this.#ofRunning(table) : ofKept(await this.#owners.library(), id);
  }

  #ofRunning(table: PieceTable): Promise<PieceMap> {
    const nowMs = this.#steadyMs();
    const made = this.#made.get(table);
    const { layout, wanted, verified, isComplete } = table;
    // Whoever looks once more at the end wants to see the last piece.
    if (made?.isComplete === isComplete && nowMs - made.atMs < PIECE_MAP_KEPT_MS) return made.map;
    const map = inTurns(pieceMap({ layout, wanted, verified, fetching: table }));
    this.#made.set(table, { atMs: nowMs, isComplete, map });
    return map;
  }
}

/** Of a download that nobody runs. */
async function ofKept(library: KeptPieces, id: string): Promise<PieceMap> {
  const row = library.findDownload(id);
  if (!row) throw noSuchDownload();
  const description = await describedBy(library, row);
  const { layout } = description;
  const wanted = wantedOf(row, description);
  if (row.state === 'complete') return inTurns(pieceMap({ layout, wanted, verified: wanted }));
  const { kept } = library.leftOf(id);
  const verified =
    (kept && Bitfield.from(kept.bits, layout.pieceCount)) ?? new Bitfield(layout.pieceCount);
  return inTurns(pieceMap({ layout, wanted, verified }));
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
