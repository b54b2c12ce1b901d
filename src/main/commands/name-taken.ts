/**
 * A download that found its name taken. What took it may be the very file: a download of an earlier
 * run that went on by itself, or another command, was there first. So whoever meets this asks the
 * engine once more what lies there.
 */
import { P2pError } from '../../net/errors.js';

export function isNameTaken(error: unknown): boolean {
  return error instanceof P2pError && error.code === 'DESTINATION_EXISTS';
}
