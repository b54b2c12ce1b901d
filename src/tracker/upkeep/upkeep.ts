/** What an operator does with a data folder from outside, as the command line asks for it. */
import type { TrackerUpkeep } from '../../net/tracker-upkeep.js';
import { backup } from './backup.js';
import { check } from './check.js';
import { checkBackup, restore } from './restore.js';

export const trackerUpkeep: TrackerUpkeep = { backup, restore, check, checkBackup };
