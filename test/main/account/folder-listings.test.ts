/** Pages of a folder over a fake tracker; which content a name stands for is set by the test. */
import t from 'tap';
import { FolderListings } from '../../../src/main/account/folder-listings.js';
import type { FolderCursor, FolderPage } from '../../../src/main/api/folder-page.js';
import type { Description } from '../../../src/net/description.js';
import { TrackerError } from '../../../src/net/errors.js';
import {
  FOLDER_PAGE_BYTES,
  FOLDER_PAGE_ENTRIES,
  MAX_ENTRY_PATH_BYTES,
  MAX_FOLDER_LISTINGS,
} from '../../../src/net/limits.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { tableOf } from '../../fixtures/folder-tree.js';

const empty = new Uint8Array();
const { description: ofFile } = describedBytes(1);

function folderOf(...paths: string[]): Description {
  const folder = tableOf(Object.fromEntries(paths.map((path) => [path, empty])));
  return { ...ofFile, folder };
}

function scene(contents: Readonly<Record<string, Description>>) {
  const names = new Map(Object.keys(contents).map((name) => [name, name]));
  const asked: string[] = [];
  /** What happens between the tracker's word and the answer. */
  const meanwhile = { happens: (): void => undefined };
  const ends = new Set<() => void>();
  const batches = {
    describeUnlessKnown: async (
      { name }: { name: string },
      isKnown: (fileId: string) => boolean,
    ) => {
      const fileId = names.get(name);
      if (fileId === undefined) throw new TrackerError('NO_SUCH_FILE', 'no such file');
      const isThere = isKnown(fileId);
      await Promise.resolve();
      meanwhile.happens();
      if (isThere) return { fileId };
      asked.push(fileId);
      return { fileId, description: contents[fileId]! };
    },
  };
  const listings = new FolderListings(batches, (_ms, work) => {
    ends.add(work);
    return () => ends.delete(work);
  });
  const page = (fileName: string, more: { inside?: string; from?: FolderCursor } = {}) =>
    listings.page({ groupId: 'g', fileName, ...more });
  const all = async (fileName: string, inside?: string): Promise<FolderPage[]> => {
    const pages: FolderPage[] = [];
    let from: FolderCursor | undefined;
    do {
      const where = inside === undefined ? {} : { inside };
      const next = await page(fileName, from ? { ...where, from } : where);
      pages.push(next);
      from = next.next;
    } while (from);
    return pages;
  };
  return { names, asked, meanwhile, ends, listings, page, all };
}

const many = Array.from(
  { length: 2 * FOLDER_PAGE_ENTRIES + 1 },
  (_, index) => `${index % 2 ? 'odd' : 'even'}/${index}`,
);

t.test('all pages together are the folder, whose description is fetched once', async (t) => {
  const { all, asked } = scene({ album: folderOf(...many) });
  const pages = await all('album');
  t.same(
    pages.map(({ entries }) => entries.length),
    [FOLDER_PAGE_ENTRIES, FOLDER_PAGE_ENTRIES, 1],
  );
  t.same(pages.flatMap(({ entries }) => entries.map(({ path }) => path)).sort(), many.sort());
  const odd = await all('album', 'odd');
  t.same(
    odd.map(({ entries }) => entries.length),
    [FOLDER_PAGE_ENTRIES],
  );
  t.ok(odd[0]!.entries.every(({ path }) => path.startsWith('odd/')));
  t.same(asked, ['album']);
});

t.test('long paths make short pages', async (t) => {
  const long = Array.from({ length: 80 }, (_, index) => {
    return [String(index), ...Array<string>(16).fill('x'.repeat(250))].join('/');
  });
  t.ok(long[0]!.length <= MAX_ENTRY_PATH_BYTES);
  const { all } = scene({ album: folderOf(...long) });
  for (const { entries } of await all('album')) {
    const bytes = entries.reduce((sum, { path }) => sum + path.length, 0);
    t.ok(entries.length > 0 && bytes <= FOLDER_PAGE_BYTES);
  }
});

t.test('a folder inside of it is listed alone, and has to be there', async (t) => {
  const { page } = scene({ album: folderOf('a', 'in/b', 'in/deep/c', 'inn', 'void/') });
  const pathsIn = async (inside: string): Promise<string[]> =>
    (await page('album', { inside })).entries.map(({ path }) => path);
  t.same(await pathsIn('in'), ['in/b', 'in/deep/c']);
  t.same(await pathsIn('in/deep'), ['in/deep/c']);
  t.same(await pathsIn('void'), []);
  for (const wrong of ['nothing', 'a', 'inn', 'in/de']) {
    await t.rejects(pathsIn(wrong), { code: 'NO_SUCH_FILE' }, wrong);
  }
});

t.test('a file is no folder, and what is not there is said to be so', async (t) => {
  const { page } = scene({ film: ofFile });
  await t.rejects(page('film'), { code: 'NO_SUCH_FILE', message: /is a file, and no folder/ });
  await t.rejects(page('other'), { code: 'NO_SUCH_FILE' });
});

t.test('a newer version between two pages ends the list, unless the old one is kept', async (t) => {
  const { page, names, listings } = scene({ album: folderOf(...many), newer: folderOf('a') });
  const { next: from } = await page('album');
  names.set('album', 'newer');
  t.equal((await page('album', { from: from! })).entries.length, FOLDER_PAGE_ENTRIES);
  listings.clear();
  await t.rejects(page('album', { from: from! }), { code: 'REPLACED' });
  t.equal((await page('album')).entries.length, 1);
});

t.test('few tables are kept, for a while', async (t) => {
  const names = Array.from({ length: MAX_FOLDER_LISTINGS + 1 }, (_, index) => `album ${index}`);
  const contents = Object.fromEntries(names.map((name) => [name, folderOf('a')]));
  const { page, asked, ends, listings } = scene(contents);
  for (const name of names) await page(name);
  t.equal(ends.size, MAX_FOLDER_LISTINGS);
  await page(names[0]!);
  t.same(asked, [...names, names[0]], 'the first one was let go');
  for (const end of [...ends]) {
    ends.delete(end);
    end();
  }
  await page(names[0]!);
  t.equal(asked.length, names.length + 2, 'after the while too');
  listings.clear();
  t.equal(ends.size, 0);
});

t.test('what is forgotten while it is looked for is shown once, and not kept', async (t) => {
  const { page, asked, meanwhile, ends, listings } = scene({ album: folderOf('a') });
  await page('album');
  for (const times of [1, 2]) {
    meanwhile.happens = () => listings.clear();
    t.equal((await page('album')).entries.length, 1);
    t.equal(ends.size, 0, 'no timer is left');
    t.equal(asked.length, times);
  }
  meanwhile.happens = () => undefined;
  await page('album');
  t.equal(ends.size, 1);
});
