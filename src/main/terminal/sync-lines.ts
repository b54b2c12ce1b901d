/** What happens in a folder that is kept the same as a group, as lines for people. Pure. */
import { display } from '../../net/display.js';
import type { ClientEvent } from '../api/client-events.js';
import { formatBytes } from './quantities.js';

type Begun = Extract<ClientEvent, { type: 'sync-begun' }>;
type Step = Extract<ClientEvent, { type: 'sync-step' }>;

/** As wide as the widest, so that names stand below each other. */
const WORDS: Readonly<Record<Step['step'], string>> = {
  fetched: 'fetched',
  newer: 'newer  ',
  shared: 'shared ',
  'shared-newer': 'shared ',
  gone: 'gone   ',
  ended: 'ended  ',
  left: 'left   ',
  failed: 'failed ',
};

export function syncBegunLine({
  groupId,
  folder,
  files,
  here,
  toFetch,
  toShare,
  size,
}: Begun): string {
  const fetch = toFetch > 0 ? `, ${toFetch} to fetch (${formatBytes(size)})` : '';
  const share = toShare > 0 ? `, ${toShare} to share` : '';
  return `${display(groupId)} → ${display(folder, 4096)}: ${here} of ${files} files here${fetch}${share}`;
}

/** `22:14:07  fetched  p7.jpg   2.1 MiB  from carol`. */
export function syncStepLine(step: Step): string {
  return `${timeOfDay(step.atMs)}  ${syncStepWords(step)}`;
}

/** The same without the time: a log has that of each line. */
export function syncStepWords({ step, fileName, size, from = [], kept, error }: Step): string {
  const bytes = size === undefined ? '' : `  ${formatBytes(size)}`;
  const about = `${WORDS[step]}  ${display(fileName)}`;
  switch (step) {
    case 'fetched':
      return `${about}${bytes}${fromWords(from)}`;
    case 'newer': {
      const older = kept === undefined ? '' : `; yours kept as ${display(kept)}`;
      return `${about}${bytes}${fromWords(from)}${older}`;
    }
    case 'shared':
      return `${about}${bytes}`;
    case 'shared-newer':
      return `${about}${bytes}  as its newer version`;
    case 'gone':
      return `${about}  nobody shares it any more`;
    case 'ended':
      return `${about}  it was removed here, and is not shared from here any more`;
    case 'left':
    case 'failed':
      return error === undefined ? about : `${about}  ${error.message}`;
  }
}

function fromWords(from: readonly string[]): string {
  return from.length === 0 ? '' : `  from ${from.map((user) => display(user)).join(', ')}`;
}

/** On the clock of whoever reads it. */
function timeOfDay(atMs: number): string {
  const at = new Date(atMs);
  const parts = [at.getHours(), at.getMinutes(), at.getSeconds()];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
