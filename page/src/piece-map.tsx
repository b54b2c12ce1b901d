/** How the pieces of one download stand: a cell for each, or for several neighbours of many. */
import type { PieceMap } from '../../src/main/api/piece-map.js';
import { call } from './calls.js';
import { useAsked } from './use-asked.js';
import { shown } from './words.js';

const REFRESH_MS = 1_000;
const MAX_COLUMNS = 64;
/** A map is about so many times as wide as high. */
const FLATNESS = 6;
/** Of the picture's units: a cell is one wide, and drawn a little smaller. */
const SIDE = 0.86;
const MAX_CELL_PX = 14;

/** Kinds of pieces, from the bottom of a cell to its top. */
const KINDS = ['verified', 'asked', 'missing', 'nowhere'] as const;
type Kind = (typeof KINDS)[number];
const WORDS: Readonly<Record<Kind, string>> = {
  verified: 'here',
  asked: 'asked for',
  missing: 'missing',
  nowhere: 'missing, and nobody connected has all of these',
};

type Counts = Readonly<Record<Kind, number>>;

interface PieceMapProps {
  /** Of the download. */
  readonly id: string;
  /** Its pieces come. */
  readonly isMoving: boolean;
}

export function PieceMapView({ id, isMoving }: PieceMapProps) {
  const everyMs = isMoving ? REFRESH_MS : 0;
  const map = useAsked(`pieces ${id}`, () => call('downloadPieces', { id }), everyMs);
  if (map.error) return <p class="error">{shown(map.error.message)}</p>;
  if (!map.value) return <p class="none">…</p>;
  return <Drawn map={map.value} />;
}

function Drawn({ map }: { readonly map: PieceMap }) {
  const cells = map.wanted.map((_, cell) => countsOf(map, cell));
  const columns = Math.min(MAX_COLUMNS, Math.ceil(Math.sqrt(FLATNESS * cells.length)) || 1);
  const rows = Math.max(1, Math.ceil(cells.length / columns));
  const total = (kind: Kind): number => cells.reduce((sum, counts) => sum + counts[kind], 0);
  const there = KINDS.filter((kind) => total(kind) > 0);
  const sentence = sentenceOf(map, there, total);
  return (
    <figure class="pieces">
      <svg
        viewBox={`0 0 ${columns} ${rows}`}
        style={{ width: `min(100%, ${columns * MAX_CELL_PX}px)` }}
        role="img"
        aria-label={sentence}
      >
        {KINDS.map((kind) => (
          <path key={kind} class={kind} d={pathOf(cells, columns, kind)} />
        ))}
      </svg>
      <figcaption>
        {sentence}
        {there.length > 1 ? (
          <span class="legend" aria-hidden="true">
            {there.map((kind) => (
              <span key={kind}>
                <svg viewBox="0 0 1 1">
                  <path class={kind} d="M0 0h1v1h-1z" />
                </svg>{' '}
                {WORDS[kind]}
              </span>
            ))}
          </span>
        ) : null}
      </figcaption>
    </figure>
  );
}

function countsOf({ wanted, verified, asked, peers }: PieceMap, cell: number): Counts {
  const [here = 0, coming = 0] = [verified[cell], asked[cell]];
  const rest = (wanted[cell] ?? 0) - here - coming;
  const isNowhere = peers?.[cell] === 0;
  const missing = isNowhere ? { missing: 0, nowhere: rest } : { missing: rest, nowhere: 0 };
  return { verified: here, asked: coming, ...missing };
}

function sentenceOf(
  { pieceCount }: PieceMap,
  there: readonly Kind[],
  total: (kind: Kind) => number,
): string {
  const wanted = there.reduce((sum, kind) => sum + total(kind), 0);
  const of = wanted === pieceCount ? '' : `, of ${pieceCount} in all`;
  if (total('verified') === wanted) return `All ${wanted} pieces are here${of}`;
  const parts = there.map((kind) => `${total(kind)} ${WORDS[kind]}`);
  return `${wanted} pieces${of}: ${parts.join('; ')}`;
}

/** What one kind has of every cell, as high as its share of it, above the kinds before it. */
function pathOf(cells: readonly Counts[], columns: number, kind: Kind): string {
  const before = KINDS.slice(0, KINDS.indexOf(kind));
  const parts = cells.map((counts, cell) => {
    const wanted = KINDS.reduce((sum, one) => sum + counts[one], 0);
    if (counts[kind] === 0) return '';
    const below = before.reduce((sum, one) => sum + counts[one], 0);
    const height = (SIDE * counts[kind]) / wanted;
    const top = Math.floor(cell / columns) + SIDE * (1 - below / wanted) - height;
    return `M${cell % columns} ${top.toFixed(3)}h${SIDE}v${height.toFixed(3)}h-${SIDE}z`;
  });
  return parts.join('');
}
