/** The request about the tracker itself. */
import { ownVersion } from '../../net/own-version.js';
import { inUserLook, type Handler, type Handlers } from '../context.js';

const about: Handler<'about'> = (call) =>
  inUserLook(call, () => Promise.resolve({ version: ownVersion() }));

export const aboutHandlers = { about } satisfies Partial<Handlers>;
