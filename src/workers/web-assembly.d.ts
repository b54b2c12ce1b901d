/**
 * The part of WebAssembly that the threads use. TypeScript declares it only together with
 * all of the browser (`lib: DOM`), and @types/node 20 does not.
 */
declare namespace WebAssembly {
  /**
   * Memory of `initial` pages of 64 KiB; with `maximum` equal to it, it never grows. The buffer of
   * a shared one is a SharedArrayBuffer, which views take as they take any other.
   */
  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
  }

  /** The bytes are not a module that this machine can run. */
  class CompileError extends Error {}

  /** Compiled code, not bound to any memory. */
  class Module {
    private constructor();
  }

  function compile(bytes: Uint8Array): Promise<Module>;

  /** Binds a module's imports. */
  function instantiate(
    module: Module,
    imports: Record<string, Record<string, Memory>>,
  ): Promise<{ exports: Record<string, unknown> }>;
}
