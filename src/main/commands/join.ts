/**
 * `join_group`: with a link one is a member at once, with an account that is made if need be; with the name of
 * a group one asks to join it, and its owner decides. `--wait` waits for that.
 */
import { checkName, checkNewId } from '../../net/names.js';
import { P2pError, TrackerError, UsageError } from '../../net/errors.js';
import {
  argument,
  isSwitchedOn,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';
import { isInviteLink, parseInviteLink } from '../terminal/invite-link.js';
import { quoteShellWord } from '../terminal/shell-words.js';
import { ownNames } from './own-names.js';
import { ownersAnswer } from './owners-answer.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const word = argument(given, 'group');
  const name = textOption(given, 'as');
  // Who comes by a link waits for nobody.
  if (isInviteLink(word)) return joinByLink(context, word, name);
  if (name !== undefined) throw new UsageError('--as belongs to a link; an account has its name');
  const groupId = checkName('group', word);
  if (isSwitchedOn(given, 'wait')) return askAndWait(context, groupId);
  await engine.joinGroup(groupId);
  out.result({ groupId }, [`asked to join ${groupId}; its owner has to accept`]);
}

async function askAndWait(context: CommandContext, groupId: string): Promise<void> {
  const { engine, out } = context;
  const asked = await ask(engine, groupId);
  if (asked !== 'member') {
    const what =
      asked === 'now' ? `asked to join ${groupId}` : `you asked to join ${groupId} before`;
    out.note(`${what}; waiting for its owner's answer, Ctrl-C ends the waiting alone`);
    await waitForAnswer(context, groupId);
  }
  out.result({ groupId, state: 'member' }, [`you are a member of ${groupId} now`]);
}

/** @throws TrackerError REQUEST_REJECTED, TIMEOUT; the reason of the signal */
async function waitForAnswer(
  { engine, out, signal }: CommandContext,
  groupId: string,
): Promise<void> {
  try {
    const answer = await ownersAnswer(engine, groupId, signal);
    if (answer === 'rejected') throw rejected(groupId);
  } catch (error) {
    const word = quoteShellWord(groupId);
    if (isLate(signal)) throw noAnswer(groupId);
    if (signal.aborted) {
      out.note(
        `the request to join ${groupId} stays; p2p join ${word} --wait waits on, p2p leave ${word} takes it back`,
      );
    }
    throw error;
  }
}

/** Since when there is a request; or the owner has answered one while nobody waited. */
async function ask(
  engine: CommandContext['engine'],
  groupId: string,
): Promise<'now' | 'before' | 'member'> {
  try {
    await engine.joinGroup(groupId);
    return 'now';
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    if (error.code === 'ALREADY_REQUESTED') return 'before';
    if (error.code === 'ALREADY_MEMBER') return 'member';
    throw error;
  }
}

/** The time is over that the command was given. */
function isLate({ reason }: AbortSignal): boolean {
  return reason instanceof P2pError && reason.code === 'TIMEOUT';
}

function noAnswer(groupId: string): TrackerError {
  return new TrackerError(
    'TIMEOUT',
    `the owner of ${groupId} has not answered in time; the request stays, and \`join\` with --wait goes on waiting`,
  );
}

function rejected(groupId: string): TrackerError {
  return new TrackerError(
    'REQUEST_REJECTED',
    `the request to join ${groupId} was rejected; ask its owner why`,
  );
}

async function joinByLink(
  { engine, out }: CommandContext,
  text: string,
  name: string | undefined,
): Promise<void> {
  const link = parseInviteLink(text);
  const userIds = name === undefined ? ownNames() : [checkNewId('user', name)];
  const joined = await engine.joinByInvite({ ...link, userIds });
  const { userId, isNewAccount, isNewMember, role } = joined;
  const { groupId } = link;
  if (isNewAccount) {
    out.note(
      `made the account ${userId}, which this device opens without a password; p2p passwd --first gives it one, for other devices`,
    );
  } else if (name !== undefined && name !== userId) {
    out.note(`you have an account here already: ${userId}`);
  }
  const what = `you are ${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role} of ${groupId}`;
  out.result({ groupId, userId, isNewAccount, isNewMember, role }, [
    `${what}${isNewMember ? '' : ' already'}, as ${userId}`,
  ]);
}
