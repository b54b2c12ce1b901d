/**
 * A refusal in the words of whoever reads it: the thing that was asked for, the nearest one that there is, and
 * the command to go on with by the name that it has where it is typed. The tracker, which refuses, knows none of that.
 */
import { display } from '../../net/display.js';
import { fromWireError, P2pError, type ErrorCode } from '../../net/errors.js';
import { nearestName } from '../../net/nearest-name.js';
import { HAS_ASKED } from '../../net/tracker-api.js';
import type { EngineApi } from '../api/engine-api.js';
import { spoken, type EngineVerb } from '../cli/command-table.js';
import { formOf, type CommandContext, type Given } from '../cli/command.js';
import { isPattern } from './name-pattern.js';
import { quoteShellWord } from '../terminal/shell-words.js';

/** The same error, better said if there is more to say; never another code, and never fails. */
export async function explainRefusal(
  error: unknown,
  given: Given,
  context: Pick<CommandContext, 'engine' | 'background'>,
): Promise<unknown> {
  if (!(error instanceof P2pError)) return error;
  const { engine } = context;
  const say = (verb: EngineVerb): string => spoken(verb, formOf(context));
  const { file, user } = given.args;
  const group = groupOf(given);
  if (group === undefined) return error;
  switch (error.code) {
    case 'NO_SUCH_GROUP': {
      const near = await nearest(group, () => engine.listGroups());
      if (near === undefined) return error;
      return again(error.code, `no group "${display(group)}"; ${near}${say('groups')} lists them`);
    }
    case 'NOT_A_MEMBER': {
      if (error.message.startsWith(HAS_ASKED)) return error;
      const join = `${say('join')} ${display(quoteShellWord(group))}`;
      return again(
        error.code,
        `you are not a member of ${display(group)}; ask to join with ${join}`,
      );
    }
    case 'NO_SUCH_FILE': {
      if (file === undefined || standsForItself(given)) return error;
      const names = async (): Promise<string[]> =>
        (await engine.listFiles(group)).map(({ name }) => name);
      const near = await nearest(file, names);
      if (near === undefined) return error;
      const list = `${say('files')} ${display(quoteShellWord(group))}`;
      const what = `no file "${display(file)}" in ${display(group)}`;
      return again(error.code, `${what}; ${near}${list} lists them`);
    }
    case 'NO_SUCH_USER':
    case 'NO_SUCH_REQUEST':
    case 'NO_SUCH_BAN': {
      const { list, isNot, what } = aboutUsers[error.code];
      const near = user === undefined ? undefined : await nearest(user, () => list(engine, group));
      if (near === undefined) return error;
      const all = `${say(what.verb)} ${display(quoteShellWord(group))} ${what.does}`;
      return again(error.code, `${isNot(display(user!), display(group))}; ${near}${all}`);
    }
    case 'NO_SUCH_DOWNLOAD': {
      if (standsForItself(given)) return error;
      const near = await nearestOfHere(given, () => engine.downloads());
      if (near === undefined) return error;
      return again(error.code, `no download of ${near}${say('downloads')} lists them`);
    }
    case 'NOT_SHARED': {
      if (standsForItself(given)) return error;
      const near = await nearestOfHere(given, () => engine.shares(undefined));
      if (near === undefined) return error;
      return again(error.code, `nothing is shared from here as ${near}${say('shares')} lists it`);
    }
    default:
      return error;
  }
}

/** What was said of one of several names, or of a pattern, needs no other words. */
function standsForItself({ args: { file }, further }: Given): boolean {
  return further !== undefined || (file !== undefined && isPattern(file));
}

/** A thing of this client, by its group and name. */
interface OfHere {
  readonly groupId: string;
  readonly fileName: string;
}

/** `"b" in g; did you mean c? `: of the file when there is something of that group, else of the group. */
export async function nearestOfHere(
  { args: { group = '', file } }: Pick<Given, 'args'>,
  list: () => Promise<readonly OfHere[]>,
): Promise<string | undefined> {
  const all = await list().catch((): readonly OfHere[] => []);
  const ofGroup = all.filter(({ groupId }) => groupId === group);
  const isGroupMeant = file === undefined || ofGroup.length === 0;
  const names = isGroupMeant
    ? all.map(({ groupId }) => groupId)
    : ofGroup.map(({ fileName }) => fileName);
  const near = await nearest(isGroupMeant ? group : file, () => Promise.resolve(names));
  // Where nothing is like it, what was said already is as good.
  if (near === undefined || near === '') return undefined;
  const what = isGroupMeant
    ? `group "${display(group)}"`
    : `"${display(file)}" in ${display(group)}`;
  return `${what}; ${near}`;
}

/** The group that a command is about; of several that an option names none is. */
function groupOf({ args, lists }: Given): string | undefined {
  const [first, ...others] = lists?.['group'] ?? [];
  return args['group'] ?? (others.length === 0 ? first : undefined);
}

/** What somebody is not, who is, and the command that lists those. */
const aboutUsers = {
  NO_SUCH_USER: {
    list: async (engine: EngineApi, groupId: string) =>
      (await engine.listMembers(groupId)).map(({ userId }) => userId),
    isNot: (user: string, group: string) => `no member "${user}" in ${group}`,
    what: { verb: 'members', does: 'lists them' },
  },
  NO_SUCH_REQUEST: {
    list: (engine: EngineApi, groupId: string) => engine.listRequests(groupId),
    isNot: (user: string, group: string) => `${user} does not ask to join ${group}`,
    what: { verb: 'requests', does: 'shows who does' },
  },
  NO_SUCH_BAN: {
    list: async (engine: EngineApi, groupId: string) =>
      (await engine.bans(groupId)).map(({ userId }) => userId),
    isNot: (user: string, group: string) => `${user} is not banned from ${group}`,
    what: { verb: 'bans', does: 'shows who is' },
  },
} as const;

/** `did you mean X? `, or nothing; undefined when it is there after all, so that another thing failed. */
async function nearest(
  word: string,
  names: () => Promise<readonly string[]>,
): Promise<string | undefined> {
  const found = await names().catch((): readonly string[] => []);
  if (found.includes(word)) return undefined;
  const near = nearestName(word, found);
  return near === undefined ? '' : `did you mean ${display(quoteShellWord(near))}? `;
}

function again(code: ErrorCode, message: string): P2pError {
  return fromWireError({ code, message });
}
