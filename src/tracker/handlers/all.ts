/** Every request the tracker answers. */
import type { Handlers } from '../context.js';
import { aboutHandlers } from './about.js';
import { accountHandlers } from './accounts.js';
import { admissionHandlers } from './admission.js';
import { banHandlers } from './bans.js';
import { callHandlers } from './calls.js';
import { deviceHandlers } from './devices.js';
import { fileHandlers } from './files.js';
import { guestHandlers } from './guests.js';
import { groupHandlers } from './groups.js';
import { historyHandlers } from './history.js';
import { inviteHandlers } from './invites.js';
import { groupOverviewHandlers } from './group-overview.js';
import { quotaHandlers } from './quotas.js';
import { roleHandlers } from './roles.js';
import { searchHandlers } from './search.js';
import { shareEndHandlers } from './share-ends.js';
import { shareHandlers } from './shares.js';
import { swarmHandlers } from './swarm.js';

export const handlers: Handlers = {
  ...accountHandlers,
  ...deviceHandlers,
  ...groupHandlers,
  ...admissionHandlers,
  ...roleHandlers,
  ...banHandlers,
  ...inviteHandlers,
  ...historyHandlers,
  ...groupOverviewHandlers,
  ...aboutHandlers,
  ...quotaHandlers,
  ...fileHandlers,
  ...searchHandlers,
  ...shareHandlers,
  ...shareEndHandlers,
  ...guestHandlers,
  ...swarmHandlers,
  ...callHandlers,
};
