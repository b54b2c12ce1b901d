/**
 * An esbuild plugin that puts off the loading of a package with nothing but a default function
 * until that is called. For packages whose mere loading costs more than the rest of a command.
 */
import { dirname } from 'node:path';

const NAMESPACE = 'lazy-package';
const isInner = { isInner: true };

/** Makes `name` lazy wherever it is imported, each importer with its own version. */
export function lazyPackage(name) {
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${name}$`) }, async (args) => {
        if (args.pluginData === isInner || args.namespace === NAMESPACE) return undefined;
        const { importer, resolveDir, kind } = args;
        const found = await build.resolve(name, {
          importer,
          resolveDir,
          kind,
          pluginData: isInner,
        });
        if (found.errors.length > 0) return { errors: found.errors };
        return { path: found.path, namespace: NAMESPACE };
      });
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
        contents: `let load = () => {
            const loaded = require(${JSON.stringify(path)});
            load = () => loaded;
            return loaded;
          };
          export default (...args) => load().default(...args);`,
        resolveDir: dirname(path),
      }));
    },
  };
}
