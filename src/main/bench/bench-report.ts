/** The measurements of `p2p bench` as lines for people. Pure. */
import { formatBytes, formatDuration, formatRate } from '../terminal/quantities.js';
import type { Measurements, Verdict } from './verdict.js';

const NAME_WIDTH = 28;

/** All lines, in the order in which they were measured. */
export function benchLines(measured: Measurements, verdicts: readonly Verdict[]): string[] {
  const { size, cores, loopback, disk, hashing } = measured;
  const { wasm, native } = hashing.byEngine;
  const engines = `SHA-1, ${hashing.threads} threads`;
  return [
    `${formatBytes(size)} on ${cores} cores; each part has the machine to itself:`,
    row('loopback, clear', loopback.tcp),
    row('loopback, TLS 1.3', loopback.tls),
    row('file, read from cache', disk.read),
    row('file, written to cache', disk.write),
    row('file, written to disk', disk.writeThrough),
    row(`${engines}, wasm`, wasm, 'the engine in use'),
    row(`${engines}, native`, native),
    row(`${engines}, hash-wasm`, hashing.byEngine['hash-wasm']),
    ...verdicts.flatMap(verdictLines),
  ];
}

function verdictLines(verdict: Verdict): string[] {
  const { transport, bytesPerSecond, bounds, ceiling, fraction, commandMs } = verdict;
  const name = transport === 'tls' ? 'by TLS' : 'in the clear';
  return [
    '',
    `A transfer ${name}: ${formatRate(bytesPerSecond)} (whole command ${formatDuration(commandMs)})`,
    ...bounds.map(
      (bound) => `  ${percent(bytesPerSecond / bound.bytesPerSecond)} of ${bound.name}`,
    ),
    `  ceiling ${formatRate(ceiling.bytesPerSecond)}, reached ${percent(fraction).trim()}`,
    `  bottleneck: ${verdict.bottleneck}`,
  ];
}

function row(name: string, bytesPerSecond: number, remark = ''): string {
  const rate = formatRate(bytesPerSecond).padStart(11);
  return `  ${name.padEnd(NAME_WIDTH)} ${rate}  ${remark}`.trimEnd();
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`.padStart(5);
}
