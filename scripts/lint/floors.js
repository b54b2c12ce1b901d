/**
 * Floors: which imports inside a folder of src climb. The tables are in project-rules.js; this
 * only reads them. Every import counts, of types too: what is known above is known above.
 */
import path from 'node:path';

/** In a table: the files that lie directly in a folder of src and have no line of their own. */
export const OTHER_FILES = '*.ts';

/** `src/main/disk/x.ts` as its part of src, the folders below that, and its name. */
function placeOf(tables, file) {
  const [root, part, ...rest] = file.split('/');
  if (root !== 'src' || !Object.hasOwn(tables, part) || rest.length === 0) return undefined;
  return { part, folders: rest.slice(0, -1), name: rest.at(-1).replace(/\.js$/, '.ts') };
}

/** The number of a file's floor, the nearest folder of it that has one; -1 when none has. */
function floorOf(tables, { part, folders, name }) {
  const deeper = folders.map((_, depth) => folders.slice(0, folders.length - depth).join('/'));
  const candidates = folders.length === 0 ? [name, OTHER_FILES] : deeper;
  for (const wanted of candidates) {
    const floor = tables[part].findIndex((line) => [line].flat().includes(wanted));
    if (floor !== -1) return floor;
  }
  return -1;
}

/** Says that a file's folder has no floor; undefined when it has one. */
export function homelessness(tables, file) {
  const place = placeOf(tables, file);
  if (place === undefined || floorOf(tables, place) !== -1) return undefined;
  const folder = ['src', place.part, ...place.folders].join('/');
  return `${folder} is on no floor: give it a line in the table of src/${place.part} in scripts/lint/project-rules.js`;
}

/** Says that an import climbs; undefined when it does not. */
export function climb(tables, file, specifier) {
  if (!specifier.startsWith('.')) return undefined;
  const target = path.posix.join(path.posix.dirname(file), specifier);
  const [from, to] = [placeOf(tables, file), placeOf(tables, target)];
  if (from === undefined || to === undefined || from.part !== to.part) return undefined;
  const [own, other] = [floorOf(tables, from), floorOf(tables, to)];
  if (own === -1 || other <= own) return undefined;
  const [lower, higher] = [own, other].map((floor) => [tables[from.part][floor]].flat().join(', '));
  return `this import climbs: in src/${from.part}, "${higher}" stands above "${lower}"`;
}
