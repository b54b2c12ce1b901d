/** In which scene the lines of a page run: who is there, which files they have, what was done before. */

export interface Section {
  /** The heading from which on everything begins anew; empty for the top of the page. */
  readonly from: string;
  /** Who types where the page does not say. */
  readonly who: string;
  readonly people: readonly string[];
  /** Made of bytes that differ from file to file: path from the folder of all people, size. A folder ends with `/`. */
  readonly files?: Readonly<Record<string, number>>;
  /** @default the password of everybody */
  readonly env?: Readonly<Record<string, string>>;
  /** Paths of the page that are elsewhere here, where all is in the folders of people. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** What was typed before a line of the page, by that line; by the empty one, before the first. As in a page. */
  readonly before?: Readonly<Record<string, readonly string[]>>;
}

export interface Scene {
  readonly sections: readonly Section[];
  /** Lines that cannot run in a test, each with the reason. */
  readonly leftOut?: Readonly<Record<string, string>>;
}
