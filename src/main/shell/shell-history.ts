/** The history file of the interactive client: bounded, 0600, never a line with a password. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_HISTORY_LINES } from '../../net/limits.js';
import type { Home } from '../home/home.js';
import { isFitForHistory } from './shell-line.js';
import { writeFileAtomic } from '../home/write-file-atomic.js';

const HISTORY_FILE_MODE = 0o600;

/** Lines of earlier sessions, newest first, as readline wants them. */
export async function readHistory(home: Home): Promise<string[]> {
  try {
    const text = await readFile(historyPath(home), 'utf8');
    return text.split('\n').filter(isFitForHistory).slice(-MAX_HISTORY_LINES).reverse();
  } catch {
    // A history that is missing or unreadable is no reason to refuse a session.
    return [];
  }
}

/** Keeps the lines, newest first, for the next session. */
export async function writeHistory(home: Home, lines: readonly string[]): Promise<void> {
  const kept = lines.filter(isFitForHistory).slice(0, MAX_HISTORY_LINES).reverse();
  const text = kept.map((line) => `${line}\n`).join('');
  await writeFileAtomic(historyPath(home), text, HISTORY_FILE_MODE);
}

function historyPath(home: Home): string {
  return join(home.path, 'history');
}
