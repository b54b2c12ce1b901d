/** `links`: the links for guests that are kept here; `--revoke` ends one. */
import { UsageError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import { textOption, type CommandContext, type Given } from '../cli/command.js';
import { formatTime } from '../terminal/quantities.js';

/** Digits of an id that are shown, and the fewest that name one. */
const SHOWN_DIGITS = 12;
const LEAST_DIGITS = 4;

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const id = textOption(given, 'revoke');
  if (id !== undefined) {
    if (!/^[0-9a-f]+$/.test(id) || id.length < LEAST_DIGITS) {
      throw new UsageError(
        `a link is named by its id, or by at least its first ${LEAST_DIGITS} digits`,
      );
    }
    const { id: linkId, groupId, fileName } = await engine.revokeGuestLink(id);
    return out.result({ linkId, groupId, fileName }, [
      `the link ${linkId.slice(0, SHOWN_DIGITS)} lets nobody take ${fileName} any more`,
    ]);
  }
  const group = given.args['group'];
  const links = await engine.guestLinks(
    group === undefined ? undefined : checkName('group', group),
  );
  out.list(
    [
      { name: 'id' },
      { name: 'group' },
      { name: 'file' },
      { name: 'taken' },
      { name: 'of' },
      { name: 'until' },
      { name: 'password', isFurther: true },
    ],
    links.map(({ id: linkId, groupId, fileName, taken, downloads, expiresAtMs, hasPassword }) => [
      linkId.slice(0, SHOWN_DIGITS),
      groupId,
      fileName,
      taken,
      downloads ?? 'any',
      formatTime(expiresAtMs),
      hasPassword ? 'yes' : 'no',
    ]),
    'there are no links for guests',
    { links: links.map(({ id: linkId, ...link }) => ({ linkId, ...link })) },
  );
}
