/**
 * Every setting there is, made of the command table: an option that says so is one, under its own name, in the
 * table of its command and, if it means the same everywhere, in the one of all commands. Pure.
 */
import { commands, oneShotOptionsOf, type CommandDefinition } from './command-table.js';
import type { OptionDefinition } from './command.js';
import { commonOptionsOf } from './common-options.js';

/** The table of all commands. */
export const COMMON_TABLE = 'common';

/** The table of what is run when something happens, whichever command has the engine. */
export const HOOK_TABLE = 'hooks';

/** What stands in it. */
export const hookOptions = [
  {
    name: 'on-complete',
    setting: 'own',
    placeholder: 'CMD',
    summary: 'run when a download is complete, with the path of the file behind its words',
  },
  {
    name: 'on-failed',
    setting: 'own',
    placeholder: 'CMD',
    summary: 'run when a download has failed, with the path that the file would have had',
  },
  {
    name: 'on-request',
    setting: 'own',
    placeholder: 'CMD',
    summary: 'run when somebody asks to join a group of yours',
  },
] as const satisfies readonly OptionDefinition[];

export type HookName = (typeof hookOptions)[number]['name'];

export interface SettingDefinition {
  /** `TABLE.NAME` */
  readonly key: string;
  readonly table: string;
  readonly option: OptionDefinition;
}

/** The table that a command reads: `up` is `serve` elsewhere, and all that is done with a tracker shares one. */
export function tableOf({ verb }: Pick<CommandDefinition, 'verb'>): string {
  if (verb === 'up') return 'serve';
  return verb.startsWith('tracker-') ? 'tracker' : verb;
}

/** They mend what is wrong with settings, end or tell what runs, or are asked by shells: no mistake in a file stops them. */
const UNSET: ReadonlySet<string> = new Set(['config', 'completion', 'down', 'log', 'service']);

/** The options of a command that may be settings. */
export function settingOptionsOf(command: CommandDefinition): readonly OptionDefinition[] {
  if (command.forms === 'shell' || UNSET.has(command.verb)) return [];
  const all = [...oneShotOptionsOf(command), ...commonOptionsOf(command)];
  return all.filter(({ setting }) => setting !== undefined);
}

/** The keys under which a command looks for an option; the first that is set counts. */
export function keysOf(command: CommandDefinition, { name, setting }: OptionDefinition): string[] {
  const own = `${tableOf(command)}.${name}`;
  return setting === 'common' ? [own, `${COMMON_TABLE}.${name}`] : [own];
}

/** Those of all commands, by key, the common ones first. */
export const settingDefinitions: ReadonlyMap<string, SettingDefinition> = new Map(
  [...allDefinitions()]
    .sort((one, other) => rank(one) - rank(other))
    .map((definition) => [definition.key, definition]),
);

function* allDefinitions(): Iterable<SettingDefinition> {
  for (const command of commands) {
    for (const option of settingOptionsOf(command)) {
      for (const key of keysOf(command, option)) yield { key, table: key.split('.')[0]!, option };
    }
  }
  for (const option of hookOptions)
    yield { key: `${HOOK_TABLE}.${option.name}`, table: HOOK_TABLE, option };
}

function rank({ table }: SettingDefinition): number {
  return table === COMMON_TABLE ? 0 : 1;
}

/** The names of all tables of settings. */
export function settingTables(): string[] {
  return [...new Set([...settingDefinitions.values()].map(({ table }) => table))];
}
