/**
 * What is behind each command that is a process of its own: its code, loaded when it runs. A
 * verb of the command table that has no line here, or a line without a verb, is an error of
 * types. Each answers its exit status.
 */
import type { Given } from '../cli/command.js';
import type { ProcessVerb } from '../cli/command-table.js';
import type { ProcessContext } from '../cli/process-context.js';

interface ProcessModule {
  readonly run: (context: ProcessContext, given: Given) => Promise<number>;
}

export const processCode: Readonly<Record<ProcessVerb, () => Promise<ProcessModule>>> = {
  serve: () => import('./serve.js'),
  up: () => import('./up.js'),
  down: () => import('./down.js'),
  log: () => import('./log.js'),
  events: () => import('./events.js'),
  service: () => import('./service.js'),
  share: () => import('./share.js'),
  client: () => import('./client.js'),
  web: () => import('./web.js'),
  'tracker-invite': () => import('./tracker-invite.js'),
  'tracker-admin': () => import('./tracker-admin.js'),
  'tracker-backup': () => import('./tracker-backup.js'),
  'tracker-restore': () => import('./tracker-restore.js'),
  'tracker-check': () => import('./tracker-check.js'),
  tracker: () => import('./tracker.js'),
  quickstart: () => import('./quickstart.js'),
  config: () => import('./config.js'),
  bench: () => import('./bench.js'),
  completion: () => import('./completion.js'),
};
