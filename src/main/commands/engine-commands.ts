/**
 * What is behind each command of an engine: its code, loaded when the command runs. A verb of
 * the command table that has no line here, or a line without a verb, is an error of types.
 */
import type { CommandContext, Given } from '../cli/command.js';
import type { EngineVerb } from '../cli/command-table.js';

interface EngineModule {
  readonly run: (context: CommandContext, given: Given) => Promise<void>;
}

export const engineCode: Readonly<Record<EngineVerb, () => Promise<EngineModule>>> = {
  'create-user': () => import('./create-user.js'),
  login: () => import('./login.js'),
  logout: () => import('./logout.js'),
  passwd: () => import('./passwd.js'),
  devices: () => import('./devices.js'),
  whoami: () => import('./whoami.js'),
  'create-group': () => import('./create-group.js'),
  join: () => import('./join.js'),
  leave: () => import('./leave.js'),
  requests: () => import('./requests.js'),
  accept: () => import('./accept.js'),
  reject: () => import('./reject.js'),
  members: () => import('./members.js'),
  invite: () => import('./invite.js'),
  invites: () => import('./invites.js'),
  history: () => import('./history.js'),
  kick: () => import('./kick.js'),
  ban: () => import('./ban.js'),
  unban: () => import('./unban.js'),
  bans: () => import('./bans.js'),
  role: () => import('./role.js'),
  'transfer-owner': () => import('./transfer-owner.js'),
  groups: () => import('./groups.js'),
  files: () => import('./files.js'),
  search: () => import('./search.js'),
  upload: () => import('./upload.js'),
  get: () => import('./get.js'),
  download: () => import('./download.js'),
  sync: () => import('./sync.js'),
  downloads: () => import('./downloads.js'),
  peers: () => import('./peers.js'),
  why: () => import('./why.js'),
  pause: () => import('./pause.js'),
  resume: () => import('./resume.js'),
  move: () => import('./move.js'),
  cancel: () => import('./cancel.js'),
  forget: () => import('./forget.js'),
  shares: () => import('./shares.js'),
  link: () => import('./link.js'),
  links: () => import('./links.js'),
  'stop-share': () => import('./stop-share.js'),
  verify: () => import('./verify.js'),
  limit: () => import('./limit.js'),
  status: () => import('./status.js'),
  doctor: () => import('./doctor.js'),
  help: () => import('./help.js'),
};
