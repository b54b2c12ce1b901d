/** Figures and names as people read them. */
export { display as shown } from '../../src/net/display.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(count: number): string {
  let unit = 0;
  let left = count;
  while (left >= 1024 && unit < UNITS.length - 1) {
    left /= 1024;
    unit++;
  }
  return `${unit === 0 || left >= 100 ? Math.round(left) : left.toFixed(1)} ${UNITS[unit]}`;
}

/** Made once: a new one for each row takes longer than all else of it. */
const TIMES = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'short' });

export function time(atMs: number | undefined): string {
  return atMs === undefined ? '' : TIMES.format(atMs);
}

export function percent(done: number, size: number): number {
  return size === 0 ? 100 : Math.floor((100 * done) / size);
}
