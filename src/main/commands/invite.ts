/** `invite`: makes a link into a group and prints it, alone on its line; whoever has it gets in. */
import { checkName } from '../../net/names.js';
import {
  argument,
  formOf,
  isSwitchedOn,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';
import { spoken } from '../cli/command-table.js';
import { invitedRoleOf, inviteTermsOf } from '../cli/invite-terms.js';
import { isThisMachine } from '../sharing/own-candidates.js';
import { formatInviteLink } from '../terminal/invite-link.js';
import { formatTime } from '../terminal/quantities.js';
import { quoteShellWord } from '../terminal/shell-words.js';
import { parseTracker } from '../terminal/tracker-address.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const groupId = checkName('group', argument(given, 'group'));
  const { uses, lifetimeMs } = inviteTermsOf(given, 'members');
  const told = textOption(given, 'address');
  const address = told === undefined ? undefined : parseTracker(told);
  const role = invitedRoleOf(given);
  const invite = await engine.createInvite({ groupId, uses, lifetimeMs, role });
  const tracker = address ?? invite.tracker;
  const link = formatInviteLink({ ...invite, tracker });
  const until = formatTime(invite.expiresAtMs);
  const wantsCode = isSwitchedOn(given, 'qr');
  const code = wantsCode ? [(await import('../terminal/qr-code.js')).qrDrawing(link)] : [];
  const join = `${spoken('join', formOf(context))} ${quoteShellWord(link)}`;
  out.result(
    { link, groupId, uses, role, expiresAtMs: invite.expiresAtMs },
    [link],
    [
      ...code,
      `good for ${uses === 1 ? `one ${role}` : `${uses} ${role}s`} until ${until}; send it to nobody else, whoever has it gets in with: ${join}`,
      ...(isThisMachine(tracker.host)
        ? [
            `the link says ${tracker.host}, which is this machine alone; for others make it with --address HOST:PORT, where they reach the tracker`,
          ]
        : []),
    ],
  );
}
