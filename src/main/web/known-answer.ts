/**
 * The last line of an answer. Whoever asks again and again says what he knows, by a tag, and is not told the same once
 * more: a list of ten thousand files is read once, not every few seconds. Pure.
 */
import { createHash } from 'node:crypto';

/** The header in which a script of the page says the tag of what it knows; empty when it knows nothing yet. */
export const KNOWN_HEADER = 'p2p-known';

const TAG_LENGTH = 22;

/** As JSON. `known` is undefined for who asks once: that has no tag. */
export function answerLine(result: unknown, known: string | undefined): string {
  const text = JSON.stringify(result ?? null);
  if (known === undefined) return `{"result":${text}}`;
  const tag = createHash('sha256').update(text).digest('base64url').slice(0, TAG_LENGTH);
  return tag === known ? '{"same":true}' : `{"tag":"${tag}","result":${text}}`;
}
