/**
 * Which pieces are asked for on which connection before it is known whether they are wanted: a few on each, by
 * chance, so that many who begin at once do not ask for the same ones. Pure.
 */
import { MAX_GUESSED_PIECES } from '../../net/limits.js';

/** Pieces for each connection, at most so many connections; none without a piece. */
export function firstGuesses(
  lacking: readonly number[],
  connections: number,
  random: () => number,
): number[][] {
  const left = [...lacking];
  const drawn: number[] = [];
  while (left.length > 0 && drawn.length < connections * MAX_GUESSED_PIECES) {
    const at = Math.floor(random() * left.length);
    drawn.push(left[at]!);
    left[at] = left.at(-1)!;
    left.pop();
  }
  const dealt = Array.from({ length: connections }, (_, connection) =>
    drawn.filter((_piece, turn) => turn % connections === connection),
  );
  return dealt.filter((pieces) => pieces.length > 0);
}
