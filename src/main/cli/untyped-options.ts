/** What files of settings say of the options of a command, where nobody typed them. Pure. */
import type { CommandDefinition } from './command-table.js';

/** Values as the parser has them, by the names of options and arguments. */
export type Values = Readonly<Record<string, unknown>>;

/** What the files say, by the names of options, as if it was typed. */
export type SettingsOf = (
  command: CommandDefinition,
) => Promise<Readonly<Record<string, string | boolean | readonly string[]>>>;

export const withoutSettings: SettingsOf = () => Promise.resolve({});

/** With the settings of what was not typed, and the names of those. */
export function withSettings(
  typed: Values,
  settings: Values,
): [values: Values, settings: ReadonlySet<string>] {
  const untyped = Object.entries(settings).filter(([name]) => typed[name] === undefined);
  return [{ ...typed, ...Object.fromEntries(untyped) }, new Set(untyped.map(([name]) => name))];
}
