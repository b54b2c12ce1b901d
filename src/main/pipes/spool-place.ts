/** Where what passes through this process comes to lie in the home's spool: a new place, or what was left there. */
import type { EngineApi } from '../api/engine-api.js';
import type { Spool } from '../home/spool.js';

/** One that somebody has left whole needs no download. */
export type SpoolPlace =
  | { readonly kind: 'grows'; readonly path: string }
  | { readonly kind: 'whole'; readonly id: string; readonly path: string; readonly size: number };

/** What an earlier process has left of the file, unless somebody else writes it just now; else a new place. */
export async function placeInSpool(
  engine: Pick<EngineApi, 'downloads' | 'fileAt'>,
  spool: Pick<Spool, 'has' | 'isLeft' | 'newPath'>,
  { groupId, fileName }: { readonly groupId: string; readonly fileName: string },
): Promise<SpoolPlace> {
  const spooled = (await engine.downloads()).filter(
    ({ path, ...one }) => one.groupId === groupId && one.fileName === fileName && spool.has(path),
  );
  const isLeft = await Promise.all(spooled.map(({ path }) => spool.isLeft(path)));
  const newest = spooled.filter((_, index) => isLeft[index]).at(-1);
  if (newest === undefined) return { kind: 'grows', path: await spool.newPath() };
  const { id, path, size, state } = newest;
  if (state !== 'complete') return { kind: 'grows', path };
  const isSame = (await engine.fileAt({ groupId, fileName, path })).state === 'same';
  return isSame
    ? { kind: 'whole', id, path, size }
    : { kind: 'grows', path: await spool.newPath() };
}
