/**
 * Which file of src imports which, and the circles in that. Imports of types, re-exports and
 * `import()` count. The graph is read once for each root and then kept; a file that is linted
 * brings what it imports now.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const graphs = new Map();

/** The graph of the src folder of a root, with this file as it is now. */
export function graphWith(root, file, text) {
  if (!graphs.has(root)) graphs.set(root, new ImportGraph(root));
  const graph = graphs.get(root);
  graph.set(file, text);
  return graph;
}

class ImportGraph {
  #targets = new Map();
  /** The circles found so far, by file; emptied when imports change. */
  #circles = new Map();

  constructor(root) {
    for (const entry of readdirSync(path.join(root, 'src'), { recursive: true })) {
      const file = path.posix.join('src', entry.split(path.sep).join('/'));
      if (file.endsWith('.ts')) this.set(file, readFileSync(path.join(root, file), 'utf8'));
    }
  }

  set(file, text) {
    const targets = targetsOf(file, text);
    if (String(this.#targets.get(file)) === String(targets)) return;
    this.#targets.set(file, targets);
    this.#circles.clear();
  }

  /** The shortest way from a file back to itself, both ends included; undefined without one. */
  circleThrough(file) {
    if (!this.#circles.has(file)) this.#circles.set(file, this.#searchFrom(file));
    return this.#circles.get(file);
  }

  #searchFrom(file) {
    const ways = new Map([[file, [file]]]);
    for (const [present, way] of ways) {
      for (const next of this.#targets.get(present) ?? []) {
        if (next === file) return [...way, file];
        if (!ways.has(next)) ways.set(next, [...way, next]);
      }
    }
    return undefined;
  }
}

/** The files of src that a file imports, by whatever kind of import. */
function targetsOf(file, text) {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => path.posix.join(path.posix.dirname(file), fileName))
    .map((target) => target.replace(/\.js$/, '.ts'));
}
