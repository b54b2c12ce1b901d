/**
 * Patterns over paths, by the rules of `.gitignore` files: `*.tmp`, `build/`, `/top-only`, `!but-this`.
 * Upper and lower case differ.
 */
import ignore, { type Ignore } from 'ignore';

export class PathPatterns {
  /** Undefined without patterns: it would remember each path that it is asked about. */
  readonly #rules: Ignore | undefined;

  /** Patterns, one each, or the lines of a file of them; paths are relative to where they stand. */
  constructor(patterns: readonly string[] | string) {
    if (patterns.length > 0) this.#rules = ignore({ ignorecase: false }).add(patterns);
  }

  /**
   * What they say of a path, relative and with slashes: true when it is matched, false when a `!` has
   * taken that back, undefined when they say nothing.
   */
  match(path: string, isFolder: boolean): boolean | undefined {
    if (!this.#rules) return undefined;
    const { ignored, unignored } = this.#rules.test(isFolder ? `${path}/` : path);
    if (ignored) return true;
    return unignored ? false : undefined;
  }
}
