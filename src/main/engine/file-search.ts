/**
 * Looks for files over all groups of the user. The tracker goes from group to group and takes its time for
 * each answer; what was found is gathered here, and the newest come first.
 */
import { TrackerError } from '../../net/errors.js';
import { LIST_TIMEOUT_MS, MAX_FILES_FOUND, MAX_LIST_PAGES } from '../../net/limits.js';
import type { FileSearch, FoundFile, SearchPlace } from '../../net/tracker-api.js';
import type { EngineApi } from '../api/engine-api.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';

export async function searchFiles(
  calls: TrackerCalls,
  request: FileSearch,
  nowMs: () => number = () => performance.now(),
): ReturnType<EngineApi['search']> {
  const files: FoundFile[] = [];
  const deadlineMs = nowMs() + LIST_TIMEOUT_MS;
  let after: SearchPlace | undefined;
  for (let pages = 1; ; pages++) {
    const page = await calls.call('search', after ? { ...request, after } : request);
    for (const file of page.items) files.push(file);
    const { next } = page;
    if (next === undefined) return { files: newestFirst(files), isComplete: true };
    if (files.length >= MAX_FILES_FOUND) return { files: newestFirst(files), isComplete: false };
    // It goes on and on: group after group, in each from the newest to the oldest.
    if (pages >= MAX_LIST_PAGES || nowMs() > deadlineMs || !isBehind(next, after)) throw noEnd();
    after = next;
  }
}

function isBehind(next: SearchPlace, before: SearchPlace | undefined): boolean {
  if (before === undefined || next.groupId > before.groupId) return true;
  if (next.groupId < before.groupId || next.below === undefined) return false;
  return before.below === undefined || next.below < before.below;
}

function newestFirst(files: readonly FoundFile[]): FoundFile[] {
  return [...files].sort((one, other) => (other.sharedAtMs ?? 0) - (one.sharedAtMs ?? 0));
}

function noEnd(): TrackerError {
  return new TrackerError('PROTOCOL_VIOLATION', 'the tracker’s answer to search has no end');
}
