/** Sums up the profiles of one thread as a page of Markdown. Pure. */

/** A profile of V8's CPU profiler, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
  }[];
  readonly samples: readonly number[];
  /** Microseconds, one for each sample. */
  readonly timeDeltas: readonly number[];
}

/** A profile of V8's sampling heap profiler. */
export interface HeapProfile {
  readonly head: HeapNode;
}

interface HeapNode {
  readonly callFrame: CallFrame;
  /** Bytes allocated by this very function. */
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

const SHOWN_ROWS = 12;
/** Rows of the CPU profile that are no work of ours. */
const IDLE = '(idle)';

/** `bytesPerMs` is the rate of the whole download, in which this thread had its share. */
export function summaryOf(cpu: CpuProfile, heap: HeapProfile, bytesPerMs: number): string {
  const times = timesOf(cpu);
  const wallMs = [...times.values()].reduce((sum, ms) => sum + ms, 0);
  const sizes = sizesOf(heap);
  const allocated = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const mebibytes = (bytesPerMs * wallMs) / 2 ** 20;
  const busyMs = wallMs - (times.get(IDLE) ?? 0);
  return `
The download ran at ${Math.round(bytesPerMs / 1e3)} MB/s, over all threads; this one was busy for ${Math.round(busyMs)} of ${Math.round(wallMs)} ms.

| time in the function itself | ms | of busy |
| --- | ---: | ---: |
${rows(times, (ms) => `${ms.toFixed(0)} | ${percent(ms, busyMs)}`, [IDLE])}

It allocated ${(allocated / 2 ** 20).toFixed(1)} MiB in JavaScript, garbage included, while the download took in about
${Math.round(mebibytes)} MiB: ${(allocated / 2 ** 10 / mebibytes).toFixed(1)} KiB for each MiB. The bytes of pieces are not among them.

| allocated in the function itself | KiB | of all |
| --- | ---: | ---: |
${rows(sizes, (size) => `${(size / 2 ** 10).toFixed(0)} | ${percent(size, allocated)}`, [])}
`;
}

/** Milliseconds in each function itself. */
function timesOf({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '(unknown)';
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index]! / 1e3);
  }
  return times;
}

/** Bytes allocated in each function itself. */
function sizesOf({ head }: HeapProfile): Map<string, number> {
  const sizes = new Map<string, number>();
  const pending = [head];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const name = nameOf(node.callFrame);
    if (node.selfSize > 0) sizes.set(name, (sizes.get(name) ?? 0) + node.selfSize);
    pending.push(...node.children);
  }
  return sizes;
}

function nameOf({ functionName, url }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const file = url.split('/').at(-1) ?? '';
  return file === '' ? name : `${name} · ${file}`;
}

function rows(
  values: ReadonlyMap<string, number>,
  shown: (value: number) => string,
  left: readonly string[],
): string {
  return [...values]
    .filter(([name]) => !left.includes(name))
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN_ROWS)
    .map(([name, value]) => `| \`${name}\` | ${shown(value)} |`)
    .join('\n');
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
