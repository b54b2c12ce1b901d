/**
 * What of a printed line is the same in every run: numbers, ids, secrets, dates, rates and widths of columns are not,
 * addresses are. Pure; what a page shows and what a run prints are compared in this form.
 */

/** The ports that the pages name; any other one was chosen by the system. */
const ADDRESS = /\b(?:\d{1,3}\.){3}\d{1,3}(?::(?:8000|7001)\b)?/;

const STEPS: readonly (readonly [RegExp, string])[] = [
  // The secret of a link, and the group that `share` names by chance.
  [/#[\w-]{20}\.[\w-]{43}/g, '#…'],
  [/\bv\d+(?:\.\d+)+/g, 'vN'],
  [/\?key=[\w-]+/g, '?key=…'],
  [/\bshare-[0-9a-f]{6}\b/g, 'share-N'],
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z\b/g, 'N'],
  // A bar, and what was done of it.
  [/\[[#=█░-]+\]/g, '[]'],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|today|yesterday)\b,? ?/g, ''],
  [/\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g, 'N'],
  // Keys and ids, whole or in groups of four digits.
  [/\b[0-9a-f]{4}(?: [0-9a-f]{4}){2,}/g, 'ID'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/g, 'ID'],
  [/(?<![A-Za-z\d])\d(?:[\d,]*\d)?(?:\.\d+)?(?![A-Za-z\d])/g, 'N'],
  [/\bN(?:[-:./]N)+\b/g, 'N'],
  [/\bN N N\b/g, 'N'],
  [/\bN (?:B|KiB|MiB|GiB|files?)\/s/g, 'N/s'],
  [/\bN (?:B|KiB|MiB|GiB)\b/g, 'N bytes'],
  [/\bN (?:ms|s|min|h)\b/g, 'N time'],
  [/\s+/g, ' '],
];

export function normalised(line: string): string {
  return line
    .split(new RegExp(`(${ADDRESS.source})`))
    .map((part, index) => (index % 2 === 1 ? part : withoutChance(part)))
    .join('')
    .trim();
}

function withoutChance(text: string): string {
  return STEPS.reduce((before, [pattern, by]) => before.replace(pattern, by), text);
}
