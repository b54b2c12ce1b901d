/**
 * An esbuild plugin that puts a package into a file of its own beside the bundle, which is read when
 * the package is first used. For large packages that few runs need: the whole text of a bundle is
 * read and hashed at each start, whatever of it runs.
 */
import { build } from 'esbuild';

/** Makes imports of `name` load `file`, a path from the bundle's folder. */
export function packageInFile(name, file) {
  return {
    name: 'package-in-file',
    setup({ onResolve }) {
      onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: file, external: true }));
    },
  };
}

/** Writes the package `name` to `outfile`; `options` are those of the bundle. Answers what is in it. */
export async function bundlePackage(name, resolveDir, outfile, options) {
  const contents = `export * from ${JSON.stringify(name)};`;
  const input = { contents, resolveDir };
  const made = await build({ ...options, stdin: input, outfile, sourcemap: false });
  return made.metafile;
}
