/**
 * Puts commands that a text names into the form in use. Who makes the text (the tracker, the engine) does not
 * know who reads it, so it writes a command by its verb between backticks: `stop-share`, `downloads --ids`.
 */

/** A command as it is typed where the text is read; undefined when there is none of that verb. */
export type SayCommand = (verb: string) => string | undefined;

/** The text with its commands as they are typed; what is no command between backticks stays. */
export function withSpokenCommands(text: string, say: SayCommand): string {
  return text.replace(/`([a-z][a-z-]*)((?: [^`]*)?)`/g, (whole, verb: string, rest: string) => {
    const said = say(verb);
    return said === undefined ? whole : `${said}${rest}`;
  });
}
