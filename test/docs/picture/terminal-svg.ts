/**
 * A picture of terminals that moves: each line is a text that is seen from one moment to another. Pure; no script, no
 * font and no picture of others in it. Where nothing moves (`prefers-reduced-motion`, programs that know no
 * animation), the last moment is shown.
 */
import { shownLines, type Frame, type ShownLine } from './film.js';

export interface Pane {
  readonly title: string;
  readonly columns: number;
  readonly rows: number;
}

export interface Film {
  /** What is to be seen, in a sentence, for those who do not see it. */
  readonly label: string;
  readonly panes: readonly Pane[];
  readonly frames: readonly Frame[];
  /** When it begins anew. */
  readonly endMs: number;
}

const CELL_WIDTH = 7.2;
const LINE_HEIGHT = 17;
const PADDING = 12;
const TITLE_HEIGHT = 26;
const GAP = 10;
const FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";
const PROMPT = /^[a-z]+\$/;

export function terminalSvg({ label, panes, frames, endMs }: Film): string {
  const width = Math.max(...panes.map(({ columns }) => columns)) * CELL_WIDTH + 2 * PADDING;
  const tops = panes.map((_, index) => sum(panes.slice(0, index).map(heightOf)) + index * GAP);
  const height = sum(panes.map(heightOf)) + (panes.length - 1) * GAP;
  const lines = shownLines(frames, endMs);
  const spans = [...new Set(lines.map(spanOf))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${figure(width)} ${height}" width="${figure(width)}" height="${height}" role="img">`,
    `<title>${escaped(label)}</title>`,
    `<style>${styles(spans, endMs)}</style>`,
    ...panes.flatMap((pane, index) => frame(pane, tops[index]!, width)),
    ...lines.map((line) => textOf(line, tops[line.pane]!, spans.indexOf(spanOf(line)), endMs)),
    '</svg>',
    '',
  ].join('\n');
}

function styles(spans: readonly string[], endMs: number): string {
  const moment = (atMs: number): string => `${figure((atMs / endMs) * 100)}%`;
  const keyframes = spans.map((span, index) => {
    const [fromMs = 0, toMs = 0] = span.split(' ').map(Number);
    const before = fromMs > 0 ? '0%{opacity:0}' : '';
    const after = toMs < endMs ? `${moment(toMs)}{opacity:0}` : '';
    return `@keyframes k${index}{${before}${moment(fromMs)}{opacity:1}${after}}.k${index}{animation-name:k${index}}`;
  });
  return [
    `text{font:12px ${FONTS};fill:#d8dee9;white-space:pre}`,
    `.b{fill:#1f2430}.h{fill:#343b4c}.n{fill:#9aa5b8}tspan{fill:#8fc77f}`,
    `.l{opacity:0;animation-duration:${figure(endMs / 1000)}s;animation-timing-function:step-end;animation-iteration-count:infinite}.e{opacity:1}`,
    '@media(prefers-reduced-motion:reduce){.l{animation:none}}',
    ...keyframes,
  ].join('');
}

function frame(pane: Pane, top: number, width: number): string[] {
  return [
    `<rect class="b" y="${top}" width="${figure(width)}" height="${heightOf(pane)}" rx="7"/>`,
    `<path class="h" d="M0 ${top + TITLE_HEIGHT}v-${TITLE_HEIGHT - 7}q0-7 7-7h${figure(width - 14)}q7 0 7 7v${TITLE_HEIGHT - 7}z"/>`,
    `<text class="n" x="${PADDING}" y="${top + 17}">${escaped(pane.title)}</text>`,
  ];
}

function textOf({ row, text, toMs }: ShownLine, top: number, span: number, endMs: number): string {
  const y = top + TITLE_HEIGHT + PADDING + row * LINE_HEIGHT + 4;
  // Whatever font there is, the columns stand below each other.
  const length = figure([...text].length * CELL_WIDTH);
  const [prompt = ''] = PROMPT.exec(text) ?? [];
  const rest = escaped(text.slice(prompt.length));
  const content = prompt === '' ? rest : `<tspan>${escaped(prompt)}</tspan>${rest}`;
  const classes = `l k${span}${toMs === endMs ? ' e' : ''}`;
  return `<text class="${classes}" x="${PADDING}" y="${y}" textLength="${length}" xml:space="preserve">${content}</text>`;
}

function heightOf({ rows }: Pane): number {
  return TITLE_HEIGHT + rows * LINE_HEIGHT + PADDING + 4;
}

function spanOf({ fromMs, toMs }: ShownLine): string {
  return `${fromMs} ${toMs}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** With two places at most. */
function figure(number: number): string {
  return String(Math.round(number * 100) / 100);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
