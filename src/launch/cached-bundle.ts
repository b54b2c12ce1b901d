/**
 * Runs a bundle of the program with the code that an earlier run has compiled, and keeps what
 * this run compiles for the next one. Without it, a one-shot command spends longer on compiling
 * than on its work. Node's own `module.enableCompileCache` needs Node 22.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { readCacheFile, sourceId, writeCacheFile, type CacheHead } from './cache-file.js';
import { cacheFolder } from './cache-folder.js';

/** Most uses that are told apart: there are fewer commands, but anybody may type anything. */
const MAX_USES = 64;
const HEAD = '(function (exports, require, module, __filename, __dirname) {';
const TAIL = '\n})';

type Wrapper = (
  exports: unknown,
  require: NodeJS.Require,
  module: { exports: unknown },
  filename: string,
  folder: string,
) => void;

export class CachedBundle {
  readonly #path: string;
  readonly #script: Script;
  readonly #cachePath: string | undefined;
  #head: CacheHead;

  /**
   * Compiles the CommonJS bundle at `path` (an ASCII file); its code is kept in the folder of
   * `environment`, under `name`.
   */
  constructor(path: string, name: string, environment: NodeJS.ProcessEnv) {
    this.#path = path;
    const wrapped = wrappedSource(path);
    const source = wrapped.subarray(HEAD.length, wrapped.length - TAIL.length);
    const folder = cacheFolder(environment);
    this.#cachePath = folder === undefined ? undefined : join(folder, `${name}.v8`);
    const engine = `${process.version} ${process.arch}`;
    this.#head = { source: sourceId(source), engine, uses: [] };
    const cached = this.#cachePath === undefined ? undefined : readCacheFile(this.#cachePath);
    const isFresh = cached?.head.source === this.#head.source && cached.head.engine === engine;
    this.#script = new Script(wrapped.toString('latin1'), {
      filename: path,
      ...(isFresh ? { cachedData: cached.code } : {}),
    });
    // V8 has the last word: it refuses code made with other flags.
    if (isFresh && this.#script.cachedDataRejected === false) this.#head = cached.head;
  }

  /** Runs the bundle; answers its exports. */
  run(): unknown {
    const module = { exports: {} };
    const path = this.#path;
    const wrapper = this.#script.runInThisContext() as Wrapper;
    wrapper(module.exports, createRequire(path), module, path, dirname(path));
    return module.exports;
  }

  /** Keeps the code compiled so far, unless an earlier run of this use has done so. */
  keep(use: string): void {
    const { uses } = this.#head;
    if (this.#cachePath === undefined) return;
    if (uses.includes(use) || uses.length >= MAX_USES) return;
    this.#head = { ...this.#head, uses: [...uses, use] };
    writeCacheFile(this.#cachePath, { head: this.#head, code: this.#script.createCachedData() });
  }
}

/** The text of a bundle between HEAD and TAIL, read into its place: texts that are put together are copied. */
function wrappedSource(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const wrapped = Buffer.allocUnsafe(HEAD.length + size + TAIL.length);
    wrapped.write(HEAD, 'latin1');
    let at = HEAD.length;
    while (at < HEAD.length + size) {
      const count = readSync(fd, wrapped, at, HEAD.length + size - at, null);
      if (count === 0) throw new Error(`${path} was cut while it was read`);
      at += count;
    }
    wrapped.write(TAIL, at, 'latin1');
    return wrapped;
  } finally {
    closeSync(fd);
  }
}
