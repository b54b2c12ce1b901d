/**
 * The commands that ask or tell a tracker something, or look at what is there: none of them carries the bytes of
 * files over. Known here because libuv makes its threads before the command line is read.
 */

/** As they are typed first; of any other word it is taken that much is synced. */
export const ASKING_VERBS: ReadonlySet<string> = new Set([
  ...['help', '--help', '-h', 'version', '--version', '-V', '-v', 'completion'],
  ...['create-user', 'login', 'logout', 'passwd', 'devices', 'whoami'],
  ...['create-group', 'join', 'leave', 'requests', 'accept', 'reject', 'members', 'groups'],
  ...['invite', 'invites', 'history', 'kick', 'ban', 'unban', 'bans', 'role', 'transfer-owner'],
  ...['files', 'search', 'shares', 'downloads', 'peers', 'why', 'status', 'limit', 'link', 'links'],
  ...['config', 'down', 'log', 'events'],
]);
