/**
 * Addresses of servers among the settings, which may hold a password: a file has none, because others may read it and
 * whoever types a password shows it to the list of processes; what a variable holds is shown without it. Pure.
 */
import { UsageError } from '../../net/errors.js';
import { checkDatabaseUrl, hasPassword } from '../../net/database-url.js';
import { checkPresenceUrl, hasPresencePassword } from '../../net/presence-url.js';
import type { OptionDefinition } from '../cli/command.js';

interface AddressKind {
  /** @throws UsageError, which does not repeat it */
  readonly check: (text: string) => string;
  readonly hasPassword: (url: string) => boolean;
}

const HIDDEN = '***';

/** By the names of their options. */
const kinds: Readonly<Record<string, AddressKind>> = {
  database: { check: checkDatabaseUrl, hasPassword },
  presence: { check: checkPresenceUrl, hasPassword: hasPresencePassword },
};

/** Checks the address of such an option for a file. @throws UsageError, which does not repeat it */
export function requireNoPassword({ name, variable }: OptionDefinition, text: string): void {
  const kind = kindOf(name);
  if (kind?.hasPassword(kind.check(text)) !== true) return;
  throw new UsageError(
    `a password is never kept in a file of settings, nor typed as a word; give this address in ${variable}`,
  );
}

/** The value of an option as it is shown. */
export function withoutPassword<Value>({ name }: OptionDefinition, value: Value): Value | string {
  const kind = kindOf(name);
  return typeof value === 'string' && kind !== undefined ? masked(value, kind) : value;
}

function kindOf(name: string): AddressKind | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

function masked(text: string, kind: AddressKind): string {
  if (!isAddress(text, kind)) return HIDDEN;
  const url = new URL(text);
  const secrets = [...url.searchParams.keys()].filter((key) => /passw|secret/i.test(key));
  if (url.password === '' && secrets.length === 0) return text;
  if (url.password !== '') url.password = HIDDEN;
  for (const key of secrets) url.searchParams.set(key, HIDDEN);
  return url.href;
}

/** Of what is none nobody knows where the password is in it. */
function isAddress(text: string, { check }: AddressKind): boolean {
  try {
    check(text);
    return true;
  } catch {
    return false;
  }
}
