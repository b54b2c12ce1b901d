/** The arguments that several commands take, described once. */
import type { ArgumentDefinition } from './command.js';

export const user: ArgumentDefinition = { name: 'user', summary: 'user id' };
export const group: ArgumentDefinition = { name: 'group', summary: 'group id' };
export const fileName: ArgumentDefinition = { name: 'file', summary: 'name of a shared file' };
/** Typed in the interactive client; a one-shot command asks for it. */
export const password: ArgumentDefinition = {
  name: 'password',
  summary: 'password',
  kind: 'secret',
};
