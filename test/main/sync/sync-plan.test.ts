/** What is done with each item: a table of the cases, and a model in which clients, members and a group live together. */
import fc from 'fast-check';
import t from 'tap';
import {
  planItem,
  type GroupItem,
  type ItemFacts,
  type LocalItem,
  type NotedItem,
  type SyncAction,
  type SyncWay,
} from '../../../src/main/sync/sync-plan.js';

const plain: SyncWay = { isBoth: false, isDeleting: false };
const both: SyncWay = { isBoth: true, isDeleting: false };
const deleting: SyncWay = { isBoth: false, isDeleting: true };
const all: SyncWay = { isBoth: true, isDeleting: true };

function group(fileId: string, more: Partial<GroupItem> = {}): GroupItem {
  return { fileId, size: 1, isFolder: false, hasSources: true, isFirstHere: false, ...more };
}

function noted(fileId: string, more: Partial<NotedItem> = {}): NotedItem {
  return { fileId, origin: 'brought', state: 'agreed', ...more };
}

function here(more: Partial<Exclude<LocalItem, { kind: 'foreign' }>> = {}): LocalItem {
  return { kind: 'file', isAsNoted: false, isAtRest: true, isShareable: true, ...more };
}

const asNoted = here({ isAsNoted: true });
const foreign: LocalItem = { kind: 'foreign' };

const cases: readonly (readonly [string, ItemFacts, SyncWay, SyncAction])[] = [
  ['nothing anywhere', {}, all, { do: 'nothing', isHere: false }],
  ['new in the group', { group: group('a') }, plain, { do: 'fetch', over: 'nothing' }],
  [
    'on its way when it was interrupted',
    { group: group('a'), noted: noted('a', { state: 'on-its-way' }) },
    all,
    { do: 'fetch', over: 'nothing' },
  ],
  [
    'it came, and that was not noted',
    {
      group: group('a'),
      noted: noted('a', { state: 'on-its-way' }),
      local: here({ compared: 'same' }),
    },
    plain,
    { do: 'agree', origin: 'brought' },
  ],
  [
    'the same in both',
    { group: group('a'), noted: noted('a'), local: asNoted },
    all,
    { do: 'nothing', isHere: true },
  ],
  [
    'another was on its way, and the user has put this one there',
    {
      group: group('b'),
      noted: noted('a', { state: 'on-its-way' }),
      local: here({ compared: 'same' }),
    },
    plain,
    { do: 'agree', origin: 'found' },
  ],
  ['in both, and not compared', { group: group('a'), local: here() }, plain, { do: 'compare' }],
  [
    'in both, and the same',
    { group: group('a'), local: here({ compared: 'same' }) },
    plain,
    { do: 'agree', origin: 'found' },
  ],
  [
    'in both, and another',
    { group: group('a'), local: here({ compared: 'other' }) },
    plain,
    { do: 'leave', why: 'other' },
  ],
  [
    'in both, and another, both ways',
    { group: group('a'), local: here({ compared: 'other' }) },
    both,
    { do: 'fetch', over: 'keep' },
  ],
  [
    'an older one that came by a download',
    { group: group('b'), local: here({ compared: 'older' }) },
    plain,
    { do: 'fetch', over: 'keep' },
  ],
  [
    'whole, and not ended',
    { group: group('a'), local: here({ compared: 'unfinished' }) },
    plain,
    { do: 'fetch', over: 'nothing' },
  ],
  [
    'a newer version of what came',
    { group: group('b'), noted: noted('a'), local: asNoted },
    plain,
    { do: 'fetch', over: 'drop' },
  ],
  [
    'a newer version of what was made here',
    { group: group('b'), noted: noted('a', { origin: 'shared' }), local: asNoted },
    both,
    { do: 'fetch', over: 'keep' },
  ],
  [
    'changed here alone',
    { group: group('a'), noted: noted('a'), local: here({ compared: 'other' }) },
    plain,
    { do: 'nothing', isHere: true },
  ],
  [
    'changed here alone, both ways',
    { group: group('a'), noted: noted('a'), local: here() },
    both,
    { do: 'share', replaces: true },
  ],
  [
    'changed here, and still being written',
    { group: group('a'), noted: noted('a'), local: here({ isAtRest: false }) },
    both,
    { do: 'settle' },
  ],
  [
    'changed on both sides',
    { group: group('b'), noted: noted('a'), local: here({ compared: 'other' }) },
    both,
    { do: 'fetch', over: 'keep' },
  ],
  [
    'changed on both sides to the same',
    { group: group('b'), noted: noted('a'), local: here({ compared: 'same' }) },
    both,
    { do: 'share', replaces: false },
  ],
  [
    'a folder with more in it, one way',
    {
      group: group('a', { isFolder: true }),
      local: here({ kind: 'folder', hasMore: true, compared: 'same' }),
    },
    plain,
    { do: 'agree', origin: 'found' },
  ],
  [
    'a folder with more in it, both ways',
    {
      group: group('a', { isFolder: true }),
      local: here({ kind: 'folder', hasMore: true, compared: 'same' }),
    },
    both,
    { do: 'share', replaces: true },
  ],
  [
    'the same, and it was found so before',
    {
      group: group('a', { isFolder: true }),
      noted: noted('a', { origin: 'found' }),
      local: here({ kind: 'folder', hasMore: true, isAsNoted: true }),
    },
    both,
    { do: 'share', replaces: true },
  ],
  [
    'the same, and it was shared so before',
    {
      group: group('a', { isFolder: true }),
      noted: noted('a', { origin: 'shared' }),
      local: here({ kind: 'folder', hasMore: true, isAsNoted: true }),
    },
    both,
    { do: 'nothing', isHere: true },
  ],
  ['new here', { local: here() }, both, { do: 'share', replaces: false }],
  ['new here, one way', { local: here() }, plain, { do: 'nothing', isHere: false }],
  [
    'new here, and not to be shared',
    { local: here({ isShareable: false }) },
    both,
    { do: 'nothing', isHere: false },
  ],
  ['new here, and not at rest', { local: here({ isAtRest: false }) }, both, { do: 'settle' }],
  ['a link', { local: foreign }, both, { do: 'nothing', isHere: false }],
  [
    'a link in the place of a file',
    { group: group('a'), local: foreign },
    both,
    { do: 'leave', why: 'foreign' },
  ],
  [
    'a link, and the group has ended it',
    { noted: noted('a'), local: foreign },
    all,
    { do: 'forget' },
  ],
  [
    'a folder in the place of a file',
    { group: group('b'), noted: noted('a'), local: here({ kind: 'folder', isAsNoted: true }) },
    both,
    { do: 'leave', why: 'other' },
  ],
  [
    'a file in the place of a folder',
    { group: group('a', { isFolder: true }), local: here() },
    both,
    { do: 'leave', why: 'other' },
  ],
  [
    'removed here, one way',
    { group: group('a'), noted: noted('a') },
    plain,
    { do: 'fetch', over: 'nothing' },
  ],
  ['removed here, both ways', { group: group('a'), noted: noted('a') }, all, { do: 'end' }],
  [
    'removed here, and newer in the group',
    { group: group('b'), noted: noted('a') },
    all,
    { do: 'fetch', over: 'nothing' },
  ],
  [
    'removed here before',
    { group: group('a'), noted: noted('a', { state: 'gone' }) },
    all,
    { do: 'nothing', isHere: false },
  ],
  [
    'removed here before, and newer now',
    { group: group('b'), noted: noted('a', { state: 'gone' }) },
    all,
    { do: 'fetch', over: 'nothing' },
  ],
  [
    'made here, removed, and nowhere else',
    { group: group('a', { hasSources: false }), noted: noted('a', { origin: 'shared' }) },
    both,
    { do: 'leave', why: 'lost' },
  ],
  ['ended by the group', { noted: noted('a'), local: asNoted }, deleting, { do: 'remove' }],
  [
    'ended by the group, and to stay',
    { noted: noted('a'), local: asNoted },
    both,
    { do: 'nothing', isHere: false },
  ],
  [
    'ended by the group, and made here',
    { noted: noted('a', { origin: 'shared' }), local: asNoted },
    all,
    { do: 'nothing', isHere: false },
  ],
  [
    'ended by the group, and changed here',
    { noted: noted('a'), local: here() },
    deleting,
    { do: 'nothing', isHere: false },
  ],
  [
    'ended by the group, and changed here, both ways',
    { noted: noted('a'), local: here() },
    all,
    { do: 'share', replaces: false },
  ],
  ['gone everywhere', { noted: noted('a') }, plain, { do: 'forget' }],
  [
    'shared by nobody before this device',
    { group: group('a', { isFirstHere: true }), noted: noted('a'), local: asNoted },
    deleting,
    { do: 'withdraw' },
  ],
  [
    'the same, where nothing is to go',
    { group: group('a', { isFirstHere: true }), noted: noted('a'), local: asNoted },
    both,
    { do: 'nothing', isHere: true },
  ],
  [
    'the same, and changed here',
    {
      group: group('a', { isFirstHere: true }),
      noted: noted('a'),
      local: here({ compared: 'other' }),
    },
    deleting,
    { do: 'withdraw' },
  ],
  [
    'made here, and shared by nobody else',
    {
      group: group('a', { isFirstHere: true }),
      noted: noted('a', { origin: 'shared' }),
      local: asNoted,
    },
    all,
    { do: 'nothing', isHere: true },
  ],
  // What a kill leaves: the tracker was told, and nothing of it was noted here.
  [
    'shared by this device before it was killed, and not known to be',
    { group: group('a', { isFirstHere: true }), local: here({ compared: 'same' }) },
    both,
    { do: 'share', replaces: false },
  ],
  [
    'shared by others, and found here',
    { group: group('a'), local: here({ compared: 'same' }) },
    both,
    { do: 'share', replaces: false },
  ],
  [
    'found here, where it is shared already',
    {
      group: group('a'),
      local: here({ compared: 'same' }),
      shared: { fileId: 'a', isFromHere: true },
    },
    both,
    { do: 'agree', origin: 'found' },
  ],
  [
    'found here, where an older one was shared',
    {
      group: group('b'),
      local: here({ compared: 'same' }),
      shared: { fileId: 'a', isFromHere: true },
    },
    both,
    { do: 'share', replaces: false },
  ],
  [
    'found here, and shared from elsewhere',
    {
      group: group('a'),
      local: here({ compared: 'same' }),
      shared: { fileId: 'b', isFromHere: false },
    },
    both,
    { do: 'agree', origin: 'found' },
  ],
  [
    'found here, and not to be shared',
    { group: group('a'), local: here({ compared: 'same', isShareable: false }) },
    both,
    { do: 'agree', origin: 'found' },
  ],
  [
    'it came, and is perhaps shared no more',
    {
      group: group('a'),
      noted: noted('a', { state: 'on-its-way' }),
      local: here({ compared: 'same' }),
    },
    all,
    { do: 'agree', origin: 'brought' },
  ],
  [
    'shared by this device before it was killed, and changed since',
    {
      group: group('b', { isFirstHere: true, hasSources: false }),
      noted: noted('a'),
      local: here({ compared: 'older' }),
      shared: { fileId: 'a', isFromHere: true },
    },
    both,
    { do: 'share', replaces: true },
  ],
  [
    'the same, and not at rest',
    {
      group: group('b', { isFirstHere: true, hasSources: false }),
      local: here({ compared: 'other', isAtRest: false }),
    },
    both,
    { do: 'settle' },
  ],
  [
    'the same, known to be shared',
    {
      group: group('b', { isFirstHere: true }),
      local: here({ compared: 'other' }),
      shared: { fileId: 'b', isFromHere: true },
    },
    both,
    { do: 'share', replaces: true },
  ],
  [
    'shared by this device from elsewhere, and another here',
    {
      group: group('b', { isFirstHere: true }),
      local: here({ compared: 'other' }),
      shared: { fileId: 'b', isFromHere: false },
    },
    both,
    { do: 'fetch', over: 'keep' },
  ],
  [
    'shared by this device before it was killed, and another here, one way',
    { group: group('b', { isFirstHere: true }), local: here({ compared: 'other' }) },
    plain,
    { do: 'leave', why: 'other' },
  ],
  [
    'shared by this device before it was killed, and removed since',
    { group: group('a', { isFirstHere: true, hasSources: false }) },
    both,
    { do: 'leave', why: 'lost' },
  ],
  [
    'the same, and others have it',
    { group: group('a', { isFirstHere: true }) },
    both,
    { do: 'fetch', over: 'nothing' },
  ],
  [
    'shared from elsewhere, and not here',
    {
      group: group('a', { isFirstHere: true, hasSources: false }),
      shared: { fileId: 'a', isFromHere: false },
    },
    both,
    { do: 'fetch', over: 'nothing' },
  ],
];

t.test('each case', (t) => {
  for (const [name, facts, way, action] of cases) t.same(planItem(facts, way), action, name);
  t.end();
});

// --- A model: a group, and folders that are kept the same as it by planItem alone ---------------------

/** One content of one name; the group's and each folder's. */
interface Model {
  group: { content: string; sharers: string[] } | undefined;
  readonly folders: Map<string, ModelFolder>;
}

interface ModelFolder {
  readonly way: SyncWay;
  content: string | undefined;
  /** What stays beside. */
  readonly kept: string[];
  noted: NotedItem | undefined;
  /** The content when that was noted. */
  notedContent: string | undefined;
}

function step(model: Model, name: string): boolean {
  const folder = model.folders.get(name)!;
  const { group: shared } = model;
  const local = localIn(model, folder);
  const item = shared && {
    ...group(shared.content),
    isFirstHere: shared.sharers[0] === name,
  };
  const action = planItem({ group: item, noted: folder.noted, local }, folder.way);
  const agree = (origin: NotedItem['origin']): void => {
    folder.noted = { fileId: model.group!.content, origin, state: 'agreed' };
    folder.notedContent = folder.content;
  };
  const endShare = (): void => {
    if (!shared) return;
    shared.sharers = shared.sharers.filter((one) => one !== name);
    if (shared.sharers.length === 0) model.group = undefined;
  };
  switch (action.do) {
    case 'nothing':
    case 'settle':
    case 'leave':
    case 'compare':
      return false;
    case 'agree':
      agree(action.origin);
      return true;
    case 'fetch':
      if (folder.content !== undefined && action.over === 'keep') folder.kept.push(folder.content);
      folder.content = shared!.content;
      agree('brought');
      if (!shared!.sharers.includes(name)) shared!.sharers.push(name);
      return true;
    case 'share':
      if (shared?.content === folder.content) {
        if (!shared!.sharers.includes(name)) shared!.sharers.push(name);
        agree(folder.noted?.fileId === shared!.content ? folder.noted.origin : 'found');
        return true;
      }
      model.group = { content: folder.content!, sharers: [name] };
      agree('shared');
      return true;
    case 'remove':
      folder.content = undefined;
      folder.noted = undefined;
      return true;
    case 'withdraw':
      endShare();
      return true;
    case 'end':
      endShare();
      folder.noted = { ...folder.noted!, fileId: shared!.content, state: 'gone' };
      return true;
    case 'forget':
      folder.noted = undefined;
      return true;
  }
}

function localIn({ group: shared }: Model, folder: ModelFolder): LocalItem | undefined {
  const { content, noted: known, notedContent } = folder;
  if (content === undefined) return undefined;
  const isAsNoted = known?.state === 'agreed' && content === notedContent;
  const compared = shared && (shared.content === content ? 'same' : 'other');
  return here({ isAsNoted, compared });
}

type Change =
  | { readonly who: number; readonly edit: string }
  | { readonly who: number; readonly remove: true }
  | { readonly who: number; readonly steps: number };

const changes = fc.array(
  fc.oneof(
    fc.record({ who: fc.nat(2), edit: fc.constantFrom('x', 'y', 'z', 'v', 'w') }),
    fc.record({ who: fc.nat(2), remove: fc.constant(true as const) }),
    fc.record({ who: fc.nat(2), steps: fc.integer({ min: 1, max: 3 }) }),
  ),
  { maxLength: 20 },
);

function settle(model: Model): number {
  for (let rounds = 1; rounds <= 50; rounds++) {
    const names = [...model.folders.keys()];
    if (!names.map((name) => stepWithoutLoss(model, name)).some(Boolean)) return rounds;
  }
  return Infinity;
}

t.test('whatever is changed wherever, folders settle, agree, and lose nothing', (t) => {
  fc.assert(
    fc.property(changes, fc.constantFrom(both, all), (story, way) => {
      const model: Model = { group: undefined, folders: new Map() };
      for (const name of ['ann', 'ben', 'cid']) {
        const empty = { content: undefined, noted: undefined, notedContent: undefined };
        model.folders.set(name, { way, kept: [], ...empty });
      }
      let number = 0;
      for (const change of story as Change[]) {
        const name = [...model.folders.keys()][change.who]!;
        const folder = model.folders.get(name)!;
        if ('edit' in change) {
          // What was here was replaced by its user: that is no loss.
          folder.content = `${change.edit}${number++}`;
        } else if ('remove' in change) folder.content = undefined;
        else {
          for (let count = 0; count < change.steps; count++) stepWithoutLoss(model, name);
        }
      }
      if (settle(model) === Infinity) throw new Error('it never settles');
      const contents = [...model.folders.values()].map(({ content }) => content);
      const present = contents.filter((content) => content !== undefined);
      if (model.group && new Set([...present, model.group.content]).size > 1) {
        throw new Error(`they differ: ${String(contents)} and ${model.group.content}`);
      }
      for (const name of model.folders.keys())
        if (stepWithoutLoss(model, name)) throw new Error('it goes to and fro');
    }),
    { numRuns: 2_000 },
  );
  t.end();
});

/** Nothing goes from a folder but what came from others and is as it came. */
function stepWithoutLoss(model: Model, name: string): boolean {
  const folder = model.folders.get(name)!;
  const { content, noted: known, notedContent } = folder;
  const isAsItCame = known?.origin === 'brought' && content === notedContent;
  const isDone = step(model, name);
  const isThere = content === undefined || [folder.content, ...folder.kept].includes(content);
  if (!isThere && !isAsItCame) throw new Error(`${name} lost ${content}`);
  return isDone;
}
