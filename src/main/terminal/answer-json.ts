/**
 * How a result looks for programs: one object on one line, which begins with the version of all these shapes.
 * Which keys it has is said by src/main/answers; docs/json.md is made of that.
 */

/** Raised when a key is taken away or means something else; one more key is no change. */
export const ANSWER_VERSION = 1;

/** A result: no list itself, so that there is room for the version and for what failed. */
export type Answer = object;

/** A result as the line that is printed. */
export function answerText(answer: Answer): string {
  return jsonText({ version: ANSWER_VERSION, ...answer });
}

/** JSON keeps every name exactly; what could steer a terminal is written as an escape. Numbers are whole. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, whole).replaceAll(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Nobody needs a fraction of a byte or a millisecond, and many languages take it for another type. */
function whole(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value) : value;
}
