/**
 * What a browser says of a file whose content it is about to bring, and whether that may come: the head of the request
 * alone, before a byte is taken.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { TrackerError } from '../../net/errors.js';
import { WEB_DROP_SPARE_BYTES } from '../../net/limits.js';
import { checkName } from '../../net/names.js';
import { mayDo } from '../../net/roles.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Spool } from '../home/spool.js';

export interface Drop {
  readonly groupId: string;
  /** Under which it is shared: one component, as every name of a file. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The name stands for it from then on, whatever it stands for. */
  readonly replace: boolean;
}

const KEYS: ReadonlySet<string> = new Set(['group', 'name', 'replace']);

/** Pure. @throws TrackerError BAD_REQUEST, UsageError for a name that no file may have */
export function readDrop(query: string | undefined, headers: IncomingHttpHeaders): Drop {
  const said = new URLSearchParams(query);
  // Whatever stands there twice is understood in two ways.
  const keys = [...said.keys()];
  if (keys.some((key) => !KEYS.has(key)) || new Set(keys).size < keys.length) {
    throw unclear('it names its group and its file, each once');
  }
  if (headers['content-encoding'] !== undefined) throw unclear('its bytes come as they are');
  return {
    groupId: checkName('group', said.get('group')),
    name: checkName('file', said.get('name')),
    size: sizeOf(headers),
    replace: said.get('replace') === 'yes',
  };
}

/** How long it is has to be known before: so much room there has to be. */
function sizeOf(headers: IncomingHttpHeaders): number {
  const length = headers['content-length'] ?? '';
  const size = Number(length);
  const isKnown = /^\d+$/.test(length) && Number.isSafeInteger(size);
  if (isKnown && headers['transfer-encoding'] === undefined) return size;
  throw unclear('its length is said before');
}

function unclear(what: string): TrackerError {
  return new TrackerError('BAD_REQUEST', `the content of a file cannot come like that: ${what}`);
}

/** @throws P2pError NOT_A_MEMBER, READ_ONLY, DISK_FULL */
export async function requireMayDrop(
  engine: Pick<EngineApi, 'describeGroups'>,
  spool: Pick<Spool, 'requireRoom'>,
  { groupId, size }: Pick<Drop, 'groupId' | 'size'>,
): Promise<void> {
  const role = (await engine.describeGroups()).find((one) => one.groupId === groupId)?.role;
  if (role === undefined) {
    throw new TrackerError('NOT_A_MEMBER', `you are not a member of ${groupId}`);
  }
  if (!mayDo(role, 'bring')) {
    throw new TrackerError('READ_ONLY', `you are a reader of ${groupId}: readers share nothing`);
  }
  await spool.requireRoom(size + WEB_DROP_SPARE_BYTES);
}
