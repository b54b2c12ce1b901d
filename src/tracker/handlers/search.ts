/**
 * The request for files by what is in their names, over all groups of a user. A call takes as many turns
 * as it has time for, each short, so that others have theirs between; the next call goes on where it ended.
 */
import { MAX_FOUND_PER_CALL, SEARCH_CALL_MS, SEARCH_TURN_MS } from '../../net/limits.js';
import { searchForm } from '../../net/search-form.js';
import type { FileSearch, FoundFile, SearchPlace } from '../../net/tracker-api.js';
import { inUserLook, userOf, type Call, type Handler, type Handlers } from '../context.js';
import { MOST_GROUPS_EVER } from '../logins.js';
import { membershipOf } from '../member-turn.js';
import { fitBytes } from '../paging.js';
import { SearchSlice } from '../search-slice.js';
import type { StoreFacts } from '../store/store.js';
import type { StoredSearch } from '../store/stored.js';
import { toRow } from './files.js';

/** A file that was found, and where the search would go on behind it. */
interface Found {
  readonly item: FoundFile;
  readonly next: SearchPlace;
}

const search: Handler<'search'> = async (call, { after, ...wanted }) => {
  const { searchPace } = call.context;
  const userId = userOf(call.session);
  if (hasControlCharacter(wanted)) return { items: [] };
  searchPace.begin(userId);
  const slice = new SearchSlice();
  const found: Found[] = [];
  let spentMs = 0;
  let next: SearchPlace | undefined = after ?? { groupId: '' };
  while (next && found.length < MAX_FOUND_PER_CALL && spentMs < SEARCH_CALL_MS) {
    const part = await searchSome(call, wanted, next, {
      slice,
      limit: MAX_FOUND_PER_CALL - found.length,
    });
    found.push(...part.found);
    ({ next } = part);
    spentMs += part.spentMs;
  }
  searchPace.end(userId, spentMs);
  const items = fitBytes(found.map(({ item }) => item));
  if (items.length < found.length) ({ next } = found[items.length - 1]!);
  return next ? { items, next } : { items };
};

interface Part {
  readonly found: readonly Found[];
  readonly next: SearchPlace | undefined;
  readonly spentMs: number;
}

/** Searches from a place on, in one turn. */
function searchSome(
  call: Call,
  wanted: FileSearch,
  from: SearchPlace,
  { slice, limit }: { readonly slice: SearchSlice; readonly limit: number },
): Promise<Part> {
  const { steadyMs } = call.context;
  const stored = storedSearch(wanted);
  return inUserLook(call, async ({ tx, userId }) => {
    const startedAtMs = steadyMs();
    const found: Found[] = [];
    let next: SearchPlace | undefined;
    const groups = (await groupsOf(tx, userId, wanted)).filter((one) => one >= from.groupId);
    for (const [index, groupId] of groups.entries()) {
      let below = groupId === from.groupId ? from.below : undefined;
      do {
        const beganAtMs = steadyMs();
        const most = { looked: slice.files, found: limit - found.length };
        const part = await tx.findMatches(groupId, below, stored, most);
        for (const { file, place } of part.found) {
          const item = { groupId, ...toRow(call, file) };
          found.push({ item, next: { groupId, below: place } });
        }
        ({ below } = part);
        next = placeBehind(groupId, below, groups[index + 1]);
        const nowMs = steadyMs();
        slice.onSearched(part.looked, nowMs - beganAtMs);
        const isOver = found.length >= limit || nowMs - startedAtMs >= SEARCH_TURN_MS;
        if (isOver) return { found, next, spentMs: nowMs - startedAtMs };
      } while (below !== undefined);
    }
    return { found, next, spentMs: steadyMs() - startedAtMs };
  });
}

function placeBehind(
  groupId: string,
  below: number | undefined,
  following: string | undefined,
): SearchPlace | undefined {
  if (below !== undefined) return { groupId, below };
  return following === undefined ? undefined : { groupId: following };
}

/** The groups that are searched, in order. @throws TrackerError NO_SUCH_GROUP, NOT_A_MEMBER */
async function groupsOf(
  tx: StoreFacts,
  userId: string,
  { groupIds }: FileSearch,
): Promise<readonly string[]> {
  for (const groupId of groupIds ?? []) await membershipOf(tx, groupId, userId);
  const range = { after: undefined, limit: MOST_GROUPS_EVER };
  const all = groupIds ?? (await tx.listMemberships(userId, range)).map(({ groupId }) => groupId);
  return [...new Set(all)].sort();
}

/** No name has one. */
function hasControlCharacter({ words, ending = '' }: FileSearch): boolean {
  return [...words, ending].some((text) => /\p{Cc}/u.test(text));
}

function storedSearch({ words, ending, kind, ...search }: FileSearch): StoredSearch {
  const { minSize = 0, maxSize = Number.MAX_SAFE_INTEGER } = search;
  const { sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER } = search;
  return {
    words: words.map(searchForm),
    ending: ending === undefined ? '' : `.${searchForm(ending)}`,
    kind,
    minSize,
    maxSize,
    sinceMs,
    untilMs,
  };
}

export const searchHandlers = { search } satisfies Partial<Handlers>;
