/**
 * What the tracker says about itself while it runs: one line per entry, as text for people or
 * as JSON for machines. Entries carry ids, codes and figures, never passwords, tokens or keys.
 */
import { display } from '../net/display.js';

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  /** What happened, as a fixed phrase: things that vary go into `fields`. */
  readonly event: string;
  readonly fields?: Readonly<Record<string, string | number | boolean | undefined>>;
}

export type Log = (entry: LogEntry) => void;

export type LogFormat = 'text' | 'json';

/** Formats one entry, without a line end. */
export function formatLogEntry(entry: LogEntry, format: LogFormat, now: Date): string {
  const { level, event } = entry;
  const time = now.toISOString();
  const fields = Object.entries(entry.fields ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, typeof value === 'string' ? display(value) : value] as const);
  if (format === 'json') {
    return JSON.stringify({ time, level, event, ...Object.fromEntries(fields) });
  }
  const pairs = fields.map(([name, value]) => ` ${name}=${quoted(String(value))}`);
  return `${time} ${level.padEnd(5)} ${event}${pairs.join('')}`;
}

function quoted(value: string): string {
  return /[\s"=]/.test(value) || value === '' ? JSON.stringify(value) : value;
}
