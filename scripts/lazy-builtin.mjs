/**
 * An esbuild plugin that puts off the loading of a module of Node's, of which only functions are used, until
 * one of them is called: those that few commands need, and that are not in Node's own snapshot.
 */
const NAMESPACE = 'lazy-builtin';

/** Makes `name` lazy wherever it is imported; `functions` are all that may be imported of it. */
export function lazyBuiltin(name, functions) {
  return {
    name: `${NAMESPACE} ${name}`,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ namespace }) =>
        namespace === NAMESPACE
          ? { path: name, external: true }
          : { path: name, namespace: NAMESPACE },
      );
      build.onLoad({ filter: new RegExp(`^${name}$`), namespace: NAMESPACE }, () => ({
        contents: functions
          .map((one) => `export const ${one} = (...args) => require('${name}').${one}(...args);`)
          .join('\n'),
      }));
    },
  };
}
