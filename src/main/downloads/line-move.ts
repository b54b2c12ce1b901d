/**
 * Moving downloads in the line: they stay together and keep their order. Whoever comes to stand before or behind
 * one of another priority takes that, so that the line stays in the order of its turns. Pure.
 */
import { PRIORITIES, compareTurns, rankOf, type Turn } from '../home/download-turn.js';

/** Where to: an end of the line, past one neighbour, or a place that counts from 1. */
export type MoveTo = 'first' | 'last' | 'up' | 'down' | number;

interface InLine {
  readonly id: string;
  readonly turn: Turn;
}

/** The turns that change when those that are `meant` are moved; the line is in the order of its turns. */
export function movedTurns(
  line: readonly InLine[],
  meant: ReadonlySet<string>,
  to: MoveTo,
): Map<string, Turn> {
  const moving = line.filter(({ id }) => meant.has(id));
  const others = line.filter(({ id }) => !meant.has(id));
  const before = othersBefore(line, meant, to);
  const least = rankAt(others, before - 1) ?? 0;
  const most = rankAt(others, before) ?? PRIORITIES.length - 1;
  const moved = moving.map((one) => {
    const rank = Math.min(Math.max(rankOf(one.turn.priority), least), most);
    return { ...one, turn: { ...one.turn, priority: PRIORITIES[rank]! } };
  });
  const wanted = [...others.slice(0, before), ...moved, ...others.slice(before)];
  const changed = new Map<string, Turn>();
  const old = new Map(line.map(({ id, turn }) => [id, turn]));
  for (const { id, turn } of withPlaces(wanted)) {
    if (compareTurns(old.get(id)!, turn) !== 0) changed.set(id, turn);
  }
  return changed;
}

/** Those of one priority share the places that they have had, in their new order. */
function withPlaces(wanted: readonly InLine[]): InLine[] {
  return PRIORITIES.flatMap((priority) => {
    const same = wanted.filter(({ turn }) => turn.priority === priority);
    const places = same.map(({ turn }) => turn.place).sort((one, other) => one - other);
    return same.map(({ id }, index) => ({ id, turn: { priority, place: places[index]! } }));
  });
}

/** How many of the others stand before those that are moved. */
function othersBefore(line: readonly InLine[], meant: ReadonlySet<string>, to: MoveTo): number {
  const count = line.filter(({ id }) => !meant.has(id)).length;
  const isMeant = ({ id }: InLine): boolean => meant.has(id);
  const first = Math.max(0, line.findIndex(isMeant));
  switch (to) {
    case 'first':
      return 0;
    case 'last':
      return count;
    case 'up':
      return Math.max(0, first - 1);
    case 'down': {
      const last = line.findLastIndex(isMeant);
      const past = line.slice(0, last + 1).filter((one) => !isMeant(one)).length;
      return Math.min(count, past + 1);
    }
    default:
      return Math.min(count, Math.max(0, to - 1));
  }
}

function rankAt(line: readonly InLine[], index: number): number | undefined {
  const one = line[index];
  return one && rankOf(one.turn.priority);
}
