/**
 * Assembles the SHA-1 kernel: dist/src/workers/kernel/sha1-wat.js (built by tsc) writes its
 * text, binaryen makes sha1.wasm beside it. Does nothing when sha1.wasm is newer than what
 * it is made from.
 */
import { statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../dist/src/workers/kernel/', import.meta.url);
const target = fileURLToPath(new URL('sha1.wasm', folder));
const sources = [
  new URL('sha1-wat.js', folder),
  new URL('../memory/kernel-layout.js', folder),
  new URL(import.meta.url),
].map((url) => fileURLToPath(url));

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

async function assemble() {
  // Loaded only when needed: it takes longer than everything else here.
  const { default: binaryen } = await import('assemblyscript/binaryen');
  const { sha1Wat } = await import(new URL('sha1-wat.js', folder).href);
  const module = binaryen.parseText(sha1Wat());
  // Nothing is done atomically; it is the feature that shared memory belongs to.
  module.setFeatures(binaryen.Features.SIMD128 | binaryen.Features.Atomics);
  if (!module.validate()) throw new Error('the SHA-1 kernel is not valid WebAssembly');
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  module.optimize();
  return module.emitBinary();
}

if (modifiedMs(target) < Math.max(...sources.map(modifiedMs))) {
  writeFileSync(target, await assemble());
}
