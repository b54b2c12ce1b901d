/** What is asked when a command lacks a password: how the prompt calls it, and whether it is a new one. */
import type { PasswordRequest } from '../terminal/password-input.js';
import { newPassword, oldPassword } from './arguments.js';
import type { Given } from './command.js';
import type { CommandDefinition } from './command-table.js';

/** For the secret argument `name` of a command. */
export function passwordRequest(
  { verb }: Pick<CommandDefinition, 'verb'>,
  { args }: Given,
  name: string,
): PasswordRequest {
  if (name === newPassword.name) {
    return { title: newPassword.summary, isNew: true, variable: 'P2P_NEW_PASSWORD' };
  }
  if (verb === 'link')
    return { title: 'password of the link', isNew: true, variable: 'P2P_PASSWORD' };
  const user = args['user'];
  const title = user === undefined ? oldPassword.summary : `password of ${user}`;
  return { title, isNew: verb === 'create-user', variable: 'P2P_PASSWORD' };
}
