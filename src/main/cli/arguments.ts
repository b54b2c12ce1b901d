/** The arguments that several commands take, described once. */
import { ROLES } from '../../net/roles.js';
import type { ArgumentDefinition, OptionDefinition } from './command.js';

export const user: ArgumentDefinition = { name: 'user', summary: 'user id' };
export const group: ArgumentDefinition = { name: 'group', summary: 'group id' };
export const role: ArgumentDefinition = {
  name: 'role',
  summary: `${ROLES.slice(0, -1).join(', ')} or ${ROLES.at(-1)}`,
  choices: ROLES,
};
export const fileName: ArgumentDefinition = { name: 'file', summary: 'name of a shared file' };
/** Typed in the interactive client; a one-shot command asks for it. */
export const password: ArgumentDefinition = {
  name: 'password',
  summary: 'password',
  kind: 'secret',
};
/** Likewise, of `passwd`. */
export const oldPassword: ArgumentDefinition = {
  name: 'old_password',
  summary: 'present password',
  kind: 'secret',
};
export const newPassword: ArgumentDefinition = {
  name: 'new_password',
  summary: 'new password',
  kind: 'secret',
};

/** In place of the destination. */
export const output: OptionDefinition = {
  name: 'output',
  short: 'o',
  placeholder: 'PATH',
  summary: 'the destination; - writes one file to standard output while it comes',
};

/** What the option --since says of itself. */
export const since = 'nothing that is older: a day (2026-11-25), a moment (…T12:00Z), or 2d ago';

/** Of commands that transfer something, or wait. */
export const eventsOption: OptionDefinition = {
  name: 'events',
  summary: 'print what happens as JSON, a line each, while it works',
};

/** Typed only: what the files of settings say of it is for all commands, below [hooks]. */
export const hookOption: OptionDefinition = {
  name: 'on-complete',
  placeholder: 'CMD',
  summary:
    'run this when a download is complete, with the path of the file behind its words and no shell',
};

/** Where a tracker is. */
export const trackerArgs = [
  { name: 'tracker_ip', summary: 'address of the tracker' },
  { name: 'tracker_port', summary: 'port of the tracker' },
];
