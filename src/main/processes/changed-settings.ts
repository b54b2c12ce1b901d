/** Which settings of a command have changed. Pure. */
import type { Given } from '../cli/command.js';

/** The names of options of which files of settings say another thing now, or the one or the other time nothing. */
export function changedSettings(before: Given, now: Given): string[] {
  const names = new Set([...(before.settings ?? []), ...(now.settings ?? [])]);
  return [...names].filter((name) => wordOf(before, name) !== wordOf(now, name));
}

function wordOf({ options, lists }: Given, name: string): string {
  return JSON.stringify([options[name], lists?.[name]]);
}
