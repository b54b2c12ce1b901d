/**
 * Runs the program out of its layers (scripts/program-layers.mjs): each is a bundle of pieces, loaded with the code
 * that earlier runs have compiled once one of its pieces is first required, so that a run pays for what it needs.
 * Owns which layers and pieces are loaded; a piece runs once, as a module of Node's does.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CachedBundle } from './cached-bundle.js';

/** The layer that says where the pieces of the others are. */
const FIRST = 'program';
const ENTRY = 'program.js';

type Piece = (exports: unknown, require: (name: string) => unknown, module: Module) => void;

interface Module {
  exports: unknown;
}

/** What the file of a layer exports. */
interface Layer {
  readonly pieces: Readonly<Record<string, Piece>>;
  /** The layer of each piece that is in another one; only the first layer has it. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

export class LayeredProgram {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #requireFile: (name: string) => unknown;
  readonly #bundles: CachedBundle[] = [];
  readonly #pieces = new Map<string, Piece>();
  readonly #modules = new Map<string, Module>();
  #elsewhere: ReadonlyMap<string, string> = new Map();

  /** The layers are the files of `folder`; their code is kept in the folder of `environment`. */
  constructor(folder: string, environment: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#environment = environment;
    this.#requireFile = createRequire(join(folder, ENTRY));
  }

  /** Runs the piece with which the program begins; answers what it exports. */
  run(): unknown {
    const { elsewhere = {} } = this.#load(FIRST);
    this.#elsewhere = new Map(Object.entries(elsewhere));
    return this.#require(`./${ENTRY}`);
  }

  /** Keeps the code compiled so far of each layer, unless an earlier run of this use has done so. */
  keep(use: string): void {
    for (const bundle of this.#bundles) bundle.keep(use);
  }

  #load(layer: string): Layer {
    const bundle = new CachedBundle(join(this.#folder, `${layer}.js`), layer, this.#environment);
    const loaded = bundle.run() as Layer;
    this.#bundles.push(bundle);
    for (const [name, piece] of Object.entries(loaded.pieces)) this.#pieces.set(name, piece);
    return loaded;
  }

  /** Exports of a piece (`./NAME`), or of whatever else Node finds by that name. */
  readonly #require = (name: string): unknown => {
    const pieceName = name.startsWith('./') ? name.slice(2) : name;
    const module = this.#modules.get(pieceName);
    if (module !== undefined) return module.exports;
    const piece = this.#piece(pieceName);
    if (piece === undefined) return this.#requireFile(name);
    const made: Module = { exports: {} };
    // Before it runs: pieces may need each other.
    this.#modules.set(pieceName, made);
    piece(made.exports, this.#require, made);
    return made.exports;
  };

  #piece(name: string): Piece | undefined {
    const layer = this.#elsewhere.get(name);
    if (layer !== undefined && !this.#pieces.has(name)) this.#load(layer);
    return this.#pieces.get(name);
  }
}
