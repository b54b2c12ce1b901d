/**
 * `get`: everything behind a link in one command: gets into its group, with an account that is made if need
 * be, and downloads what is shared there.
 */
import { mkdir } from 'node:fs/promises';
import { toStorageError, TrackerError } from '../../net/errors.js';
import { DOWNLOAD_TIMEOUT_MS } from '../../net/limits.js';
import { withinTime } from '../../net/within-time.js';
import { argument, textOption, type CommandContext, type Given } from '../cli/command.js';
import { parseInviteLink } from '../terminal/invite-link.js';
import { parseDurationMs } from '../terminal/quantities.js';
import { run as download } from './download.js';
import { ownNames } from './own-names.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const link = parseInviteLink(argument(given, 'link'));
  const destination = argument(given, 'destination');
  const { groupId } = link;
  const { userId, isNewMember, role } = await untilLate(
    context,
    given,
    engine.joinByInvite({ ...link, userIds: ownNames() }),
  );
  if (isNewMember) out.note(`you are a ${role} of ${groupId} now, as ${userId}`);
  const files = await engine.listFiles(groupId);
  const [only, ...others] = files;
  if (only === undefined) throw nothingShared(groupId);
  const args = { group: groupId, destination };
  if (others.length === 0)
    return download(context, { ...given, args: { ...args, file: only.name } });
  await makeFolder(destination);
  await download(context, { ...given, args, options: { ...given.options, all: true } });
}

/** Nothing comes as long as the tracker does not answer. @throws TrackerError TIMEOUT */
function untilLate<T>({ signal }: CommandContext, given: Given, work: Promise<T>): Promise<T> {
  const timeout = textOption(given, 'timeout');
  const timeoutMs = timeout === undefined ? DOWNLOAD_TIMEOUT_MS : parseDurationMs(timeout);
  const late = (): TrackerError =>
    new TrackerError(
      'TIMEOUT',
      `the tracker has not answered within ${timeout ?? 'two minutes'}; give it longer with --timeout, or 0 for no end`,
    );
  return withinTime(work, { timeoutMs, signal, late });
}

/** For more than one file there has to be a folder. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw toStorageError(error, `cannot make the folder ${path}`, 'create');
  });
}

function nothingShared(groupId: string): TrackerError {
  return new TrackerError(
    'NO_SUCH_FILE',
    `nothing is shared in ${groupId} yet; ask whoever sent the link, and run the same command again`,
  );
}
