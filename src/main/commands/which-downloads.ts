/** The downloads that a command means which names no file: a group, or an id. */
import { checkName } from '../../net/names.js';
import type { EngineApi, WhichDownloads } from '../api/engine-api.js';
import { argument, type Given } from '../cli/command.js';

/** As the ids of downloads begin; a group may be called so too, which is tried when no download is. */
const idForm = /^[0-9a-f]{4,8}(-[0-9a-f-]*)?$/;

/** Whatever has such an id, else a whole group. */
export async function whichDownloads(
  engine: Pick<EngineApi, 'downloads'>,
  given: Given,
): Promise<WhichDownloads> {
  const first = argument(given, 'group');
  const isId =
    idForm.test(first) && (await engine.downloads()).some(({ id }) => id.startsWith(first));
  return isId ? { id: first } : { groupId: checkName('group', first) };
}
