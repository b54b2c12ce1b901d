/** What came in, over the last minutes. */
import { useEffect, useRef } from 'preact/hooks';
import Plot from 'uplot';
import { bytes } from './words.js';

export interface Rates {
  /** Seconds since 1970. */
  readonly atS: readonly number[];
  /** Bytes per second at each. */
  readonly down: readonly number[];
}

const HEIGHT_PX = 140;
/** Five minutes. */
const SPAN_S = 300;

export function RatePlot({ rates }: { readonly rates: Rates }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  useEffect(() => {
    const { current } = box;
    if (!current) return undefined;
    const color = getComputedStyle(current).color;
    const axis = { stroke: color, grid: { stroke: 'rgb(128 128 128 / 25%)' } };
    const made = new Plot(
      {
        width: current.clientWidth,
        height: HEIGHT_PX,
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: { range: (_plot, _min, max) => [(max || 0) - SPAN_S, max || 0] },
          y: { range: (_plot, _min, max) => [0, Math.max(max, 1024)] },
        },
        axes: [
          axis,
          { ...axis, size: 80, values: (_plot, ticks) => ticks.map((one) => `${bytes(one)}/s`) },
        ],
        series: [{}, { stroke: '#2563eb', fill: 'rgb(37 99 235 / 15%)' }],
      },
      [[], []],
      current,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: current.clientWidth, height: HEIGHT_PX });
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => {
    plot.current?.setData([[...rates.atS], [...rates.down]]);
  }, [rates]);
  const now = rates.down.at(-1) ?? 0;
  return <div ref={box} class="plot" role="img" aria-label={`Coming in: ${bytes(now)}/s`} />;
}
