/**
 * A model of a group and of folders that are kept the same as it by planItem, whose clients are killed between any two of
 * the things that carrying out a plan consists of, and go on with what each of these left.
 */
import fc from 'fast-check';
import t from 'tap';
import {
  planItem,
  type GroupItem,
  type LocalItem,
  type NotedItem,
  type SyncAction,
} from '../../../src/main/sync/sync-plan.js';

const BOTH = { isBoth: true, isDeleting: false };

interface Folder {
  content: string | undefined;
  /** What stays beside. */
  readonly kept: string[];
  noted: NotedItem | undefined;
  /** How often it was written here, and how often when that was noted. */
  written: number;
  notedWritten: number;
  /** What the library says is shared from here. */
  shared: string | undefined;
}

interface Model {
  group: { readonly content: string; readonly sharers: string[] } | undefined;
  /** What the group had before. */
  readonly former: Set<string>;
  readonly folders: ReadonlyMap<string, Folder>;
}

type Effects = readonly (() => void)[];

function newModel(): Model {
  const folders = new Map<string, Folder>();
  for (const name of ['ann', 'ben', 'cid']) {
    const none = { content: undefined, noted: undefined, shared: undefined };
    folders.set(name, { ...none, kept: [], written: 0, notedWritten: 0 });
  }
  return { group: undefined, former: new Set(), folders };
}

/** Somebody serves what the group has: it is in their library, and there. */
function hasSources({ group, folders }: Model): boolean {
  return [...folders].some(
    ([name, { content, shared }]) =>
      group?.sharers.includes(name) === true &&
      content === group.content &&
      shared === group.content,
  );
}

/** A client that begins has all that it shares, and that is as it was, served again. */
function restore({ group }: Model, name: string, { content, shared }: Folder): void {
  const isIt = group !== undefined && shared === group.content && content === shared;
  if (isIt && !group.sharers.includes(name)) group.sharers.push(name);
}

function isAsNoted({ noted, written, notedWritten }: Folder): boolean {
  return noted?.state === 'agreed' && written === notedWritten;
}

function write(folder: Folder, content: string): void {
  folder.content = content;
  folder.written++;
}

function plan(model: Model, name: string, folder: Folder): SyncAction {
  const { group } = model;
  const { content, noted, shared } = folder;
  const item: GroupItem | undefined = group && {
    ...{ fileId: group.content, size: 1, isFolder: false, hasSources: hasSources(model) },
    isFirstHere: group.sharers[0] === name,
  };
  const other = shared !== undefined && shared !== group?.content ? 'older' : 'other';
  const local: LocalItem | undefined =
    content === undefined
      ? undefined
      : {
          ...{ kind: 'file', isAtRest: true, isShareable: true },
          isAsNoted: isAsNoted(folder),
          compared: group && (group.content === content ? 'same' : other),
        };
  const planned = shared === undefined ? undefined : { fileId: shared, isFromHere: true };
  return planItem({ group: item, noted, local, shared: planned }, BOTH);
}

/** What carrying it out consists of; undefined when nothing can be done now. */
function effectsOf(model: Model, name: string, action: SyncAction): Effects | undefined {
  const folder = model.folders.get(name)!;
  const { group } = model;
  const { content } = folder;
  const note = (fileId: string, origin: NotedItem['origin']) => (): void => {
    folder.noted = { fileId, origin, state: 'agreed' };
    folder.notedWritten = folder.written;
  };
  const share = (fileId: string) => (): void => void (folder.shared = fileId);
  const join = (): void => {
    if (!model.group!.sharers.includes(name)) model.group!.sharers.push(name);
  };
  switch (action.do) {
    case 'agree':
      return [note(group!.content, action.origin)];
    case 'forget':
      return [() => void (folder.noted = undefined)];
    case 'fetch': {
      if (!hasSources(model)) return undefined;
      const fileId = group!.content;
      const isNoted = action.over === 'nothing' && folder.noted?.state !== 'agreed';
      const place = (): void => {
        if (content !== undefined && action.over === 'keep') folder.kept.push(content);
        write(folder, fileId);
      };
      const onItsWay = (): void =>
        void (folder.noted = { fileId, origin: 'brought', state: 'on-its-way' });
      return [...(isNoted ? [onItsWay] : []), place, share(fileId), join, note(fileId, 'brought')];
    }
    case 'share': {
      const fileId = content!;
      if (group?.content === fileId) return [join, share(fileId), note(fileId, 'shared')];
      // Only who shares what the name stands for may replace it.
      if (group && !(action.replaces && group.sharers.includes(name))) return undefined;
      const tell = (): void => {
        if (group) model.former.add(group.content);
        model.group = { content: fileId, sharers: [name] };
      };
      return [tell, share(fileId), note(fileId, 'shared')];
    }
    default:
      return undefined;
  }
}

/** Has one plan carried out, or so many of its effects; false when there was nothing to be done. */
function live(model: Model, name: string, most = Infinity): boolean {
  const folder = model.folders.get(name)!;
  restore(model, name, folder);
  const { content, noted } = folder;
  const isAsItCame = noted?.origin === 'brought' && isAsNoted(folder);
  const effects = effectsOf(model, name, plan(model, name, folder));
  for (const effect of (effects ?? []).slice(0, most)) effect();
  const isThere = content === undefined || [folder.content, ...folder.kept].includes(content);
  if (!isThere && !isAsItCame) throw new Error(`${name} lost ${content}`);
  return effects !== undefined;
}

function comeTogether(model: Model): void {
  for (let rounds = 0; rounds < 50; rounds++) {
    if (![...model.folders.keys()].map((name) => live(model, name)).some(Boolean)) return;
  }
  throw new Error('it goes to and fro');
}

type Change =
  | { readonly who: number; readonly edit: string }
  /** Writes what another has, unless that is what the group had before. */
  | { readonly who: number; readonly as: number }
  | { readonly who: number; readonly lives: number }
  | { readonly who: number; readonly killedAfter: number };

const stories = fc.array(
  fc.oneof<fc.Arbitrary<Change>[]>(
    fc.record({ who: fc.nat(2), edit: fc.constant('new') }),
    fc.record({ who: fc.nat(2), as: fc.nat(2) }),
    fc.record({ who: fc.nat(2), lives: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ who: fc.nat(2), killedAfter: fc.nat(4) }),
  ),
  { minLength: 1, maxLength: 16 },
);

t.test('whenever who is killed, folders come to be the same, and nothing is lost', (t) => {
  fc.assert(
    fc.property(stories, (story) => {
      const model = newModel();
      for (const [at, change] of story.entries()) {
        const name = [...model.folders.keys()][change.who]!;
        const folder = model.folders.get(name)!;
        if ('edit' in change) write(folder, `${change.edit}${at}`);
        else if ('as' in change) {
          const { content } = [...model.folders.values()][change.as]!;
          if (content !== undefined && !model.former.has(content)) write(folder, content);
        } else if ('killedAfter' in change) live(model, name, change.killedAfter);
        else for (let count = 0; count < change.lives; count++) live(model, name);
      }
      comeTogether(model);
      const { group, folders } = model;
      for (const [name, { content }] of folders)
        if (content !== group?.content)
          throw new Error(`${name} has ${content}, the group ${group?.content}`);
      if (group && !hasSources(model)) throw new Error('nobody serves it');
      for (const [name, { shared }] of folders)
        if (shared !== group?.content) throw new Error(`${name} does not share it`);
    }),
    { numRuns: 5_000 },
  );
  t.end();
});
