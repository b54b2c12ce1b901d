/** Every command is on the page, or docs/web.md says why it is not. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { commands } from '../../src/main/cli/command-table.js';
import { readDoc } from './read-doc.js';

/** By which calls the page does what a command does: methods of the engine, and `page/…` of its own. */
const onPage: Readonly<Record<string, readonly string[]>> = {
  'create-user': ['createUser'],
  login: ['login'],
  logout: ['logout'],
  passwd: ['changePassword'],
  devices: ['devices', 'logoutDevice'],
  whoami: ['status'],
  'create-group': ['createGroup'],
  join: ['joinGroup', 'page/join'],
  leave: ['leaveGroup'],
  requests: ['listRequests'],
  accept: ['acceptRequest'],
  reject: ['rejectRequest'],
  members: ['listMembers'],
  invite: ['page/invite'],
  invites: ['invites', 'revokeInvite'],
  history: ['history', 'verifyHistory'],
  'transfer-owner': ['transferOwner'],
  kick: ['kick'],
  ban: ['ban'],
  unban: ['unban'],
  bans: ['bans'],
  role: ['setRole'],
  groups: ['describeGroups'],
  files: ['listFiles'],
  search: ['search'],
  upload: ['upload'],
  download: ['startDownload'],
  downloads: ['downloads', 'downloadPieces'],
  peers: ['downloads'],
  why: ['page/why'],
  pause: ['pauseDownloads'],
  resume: ['resumeDownloads'],
  move: ['moveDownloads'],
  cancel: ['cancelDownloads'],
  forget: ['forgetDownloads'],
  shares: ['shares'],
  'stop-share': ['stopShare'],
  verify: ['verify'],
  limit: ['limits', 'changeLimit'],
  link: ['page/guestLink'],
  links: ['guestLinks', 'revokeGuestLink'],
  status: ['status'],
};

const verbs: readonly string[] = commands.map(({ verb }) => verb);

/** The rows of the table below a heading: commands of the first cell, the reason in the second. */
function untold(): Map<string, string> {
  const doc = readDoc('docs/web.md');
  const part = doc.slice(doc.indexOf('\n## What is not on the page'));
  const rows = part
    .slice(0, part.indexOf('\nOf the commands'))
    .matchAll(/^\| (`.*?) \| (.*) \|$/gm);
  return new Map(
    [...rows].flatMap(([, cell = '', reason = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, verb = '']) => [verb, reason] as const),
    ),
  );
}

/** What the sources of the page call. */
function called(): Set<string> {
  const folder = new URL('../../../page/src/', import.meta.url);
  const text = readdirSync(folder)
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  const engine = [...text.matchAll(/\b(?:call|look)\('(\w+)'/g)].map(([, name = '']) => name);
  const own = [...text.matchAll(/\baskPage(?:<[^(]*>)?\('(\w+)'/g)].map(
    ([, name]) => `page/${name}`,
  );
  return new Set([...engine, ...own]);
}

t.test('each command is on the page, or has its reason', async (t) => {
  const reasons = untold();
  for (const verb of verbs) {
    t.not(verb in onPage, reasons.has(verb), `${verb} is on the page, or docs/web.md says why not`);
  }
});

t.test('no reason and no call is for a command that there is not', async (t) => {
  for (const verb of [...untold().keys(), ...Object.keys(onPage)]) {
    t.ok(verbs.includes(verb), `${verb} is a command`);
  }
});

t.test('the page calls what it needs for a command', async (t) => {
  const calls = called();
  for (const [verb, needed] of Object.entries(onPage)) {
    for (const name of needed) t.ok(calls.has(name), `${verb}: the page calls ${name}`);
  }
});

t.test('each reason is said', async (t) => {
  for (const [verb, reason] of untold()) t.ok(reason.length > 10, `${verb}: ${reason}`);
});
