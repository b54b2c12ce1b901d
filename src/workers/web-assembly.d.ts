/**
 * The part of WebAssembly that the threads use. TypeScript declares it only together with
 * all of the browser (`lib: DOM`), and @types/node 20 does not.
 */
declare namespace WebAssembly {
  /** Memory of `initial` pages of 64 KiB; with `maximum` equal to it, it never grows. */
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }

  /** The bytes are not a module that this machine can run. */
  class CompileError extends Error {}

  /** Compiles a module's bytes and binds its imports. */
  function instantiate(
    bytes: Uint8Array,
    imports: Record<string, Record<string, Memory>>,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
}
