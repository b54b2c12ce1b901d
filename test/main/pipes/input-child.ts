/** Reads its standard input, and says how many bytes that were, or why it could not. */
import { sourceOf } from '../../../src/main/pipes/input-source.js';

const free = Buffer.alloc(65_536);
let count = 0;
const source = sourceOf(process.stdin);
const room = {
  free,
  onFilled: (bytes: number) => {
    count += bytes;
    return true;
  },
  whenRoom: () => Promise.resolve(),
};
source.bringInto(room).then(
  () => process.stdout.write(`${count}\n`),
  (error: unknown) => process.stdout.write(`${String(error)}\n`),
);
