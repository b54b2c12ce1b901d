/**
 * Writes the program as a few layers, files of which a run loads those that it needs: the whole text of a file is
 * read, hashed and turned into code at each start, whatever of it runs. esbuild splits the program at each `import()`;
 * a layer has the pieces that the same commands need, and each piece runs when it is first required. Which pieces
 * are in which layer is decided here; src/launch/layered-program.ts loads them.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';

/** All of esbuild's own functions that a piece may begin with. */
const WITH_EVERY_HELPER = `import * as a1 from 'a'; import b1 from 'b'; export * from 'c'; export { a1, b1 };`;
const HELPER = /^var (__\w+)\s*=/;
/** Instead of esbuild's, which copies each export to another object. */
const OWN_HELPERS = {
  __toCommonJS: "var __toCommonJS=piece=>__defProp(piece,'__esModule',{value:true});",
};

/**
 * Writes `NAME.js` for each of `layers` into `folder`: the first has all that `entryPoint` needs from the beginning,
 * the others what their modules need beyond the layers before them; modules are named as in the list, or by a
 * folder that ends in `/`, and what is left is in the last. Answers esbuild's list of what is in it.
 */
export async function writeLayers({ entryPoint, folder, layers, options }) {
  const { banner, ...shared } = options;
  const split = { format: 'esm', splitting: true, sourcemap: false, supported: {}, write: false };
  const made = await build({ ...shared, ...split, entryPoints: [entryPoint], outdir: folder });
  const texts = new Map(made.outputFiles.map(({ path, text }) => [basename(path), text]));
  const pieces = piecesOf(made.metafile);
  const placed = placedIn(pieces, layers);
  const helpers = await helpersOf(WITH_EVERY_HELPER);
  const elsewhere = {};
  for (const [layer, names] of placed.slice(1)) {
    for (const name of names) elsewhere[name] = layer;
  }
  for (const [layer, names] of placed) {
    const bodies = [];
    for (const name of names) {
      const body = withoutHelpers(await inCommonJs(texts.get(name)), helpers);
      bodies.push(`${JSON.stringify(name)}:(function(exports,require,module){${body}\n})`);
    }
    const own = [...helpers].map(([name, helper]) => OWN_HELPERS[name] ?? helper);
    const head = [banner.js, ...own].join('\n');
    const list =
      layer === layers[0].name ? `exports.elsewhere=${JSON.stringify(elsewhere)};\n` : '';
    const text = `${head}\n${list}exports.pieces={\n${bodies.join(',\n')}};\n`;
    writeFileSync(join(folder, `${layer}.js`), withId(text));
  }
  return made.metafile;
}

/** With what names its text in front of it, so that no start has to find that out; see `sourceId` of src/launch. */
function withId(text) {
  return `/*${createHash('sha1').update(text).digest('hex')}*/\n${text}`;
}

/** The pieces by their names: which module an `import()` finds in each, and which others it needs at once. */
function piecesOf({ outputs }) {
  return new Map(
    Object.entries(outputs).map(([path, { entryPoint, imports }]) => {
      const needs = imports.filter(
        ({ kind, external }) => kind === 'import-statement' && !external,
      );
      return [
        basename(path),
        { module: entryPoint, needs: needs.map(({ path }) => basename(path)) },
      ];
    }),
  );
}

function placedIn(pieces, layers) {
  const left = new Set(pieces.keys());
  const take = (name, into) => {
    if (!left.delete(name)) return;
    for (const needed of pieces.get(name).needs) take(needed, into);
    into.push(name);
  };
  return layers.map(({ name, modules }) => {
    const into = [];
    for (const wanted of modules) {
      const found = [...pieces].filter(([, { module }]) => isNamed(wanted, module));
      if (found.length === 0) throw new Error(`no import() of the program asks for ${wanted}`);
      for (const [piece] of found) take(piece, into);
    }
    if (name === layers.at(-1).name) for (const piece of [...left]) take(piece, into);
    return [name, into];
  });
}

function isNamed(wanted, module) {
  return (
    module !== undefined && (wanted.endsWith('/') ? module.startsWith(wanted) : module === wanted)
  );
}

async function inCommonJs(text) {
  const supported = { 'dynamic-import': false };
  const how = { format: 'cjs', platform: 'neutral', target: 'node20', minifyWhitespace: true };
  return (await transform(text, { ...how, supported })).code;
}

/** They are the same in each piece, and stand once in a layer. */
async function helpersOf(text) {
  const lines = (await inCommonJs(text)).split(/(?<=;)(?=var )/);
  return new Map(
    lines.flatMap((line) => {
      const name = HELPER.exec(line)?.[1];
      return name === undefined ? [] : [[name, line]];
    }),
  );
}

function withoutHelpers(code, helpers) {
  return [...helpers.values()].reduce((rest, helper) => rest.replace(helper, () => ''), code);
}
