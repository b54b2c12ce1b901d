/**
 * The rule of the clock that people and machines set: it may be read only for what is written down
 * for people. How long something lasts, and whether a ticket is good, is told by clocks that nobody
 * sets (`performance.now`, src/net/uptime.ts, the tracker's Clock).
 */
import path from 'node:path';

/** The only files of src that may read it, and why. */
const readers = {
  'src/tracker/clock.ts': 'the one Clock of a tracker',
  'src/tracker/run-tracker.ts': 'the time in front of a line of the log',
  'src/main/background/background-surroundings.ts': 'the time in front of a line of the log',
  'src/main/downloads/download-desk.ts': 'when a download started or failed, for the list',
  'src/main/downloads/download-record.ts': 'when a download ended, for the list',
  'src/main/downloads/left-downloads.ts': 'when a download failed, for the list',
  'src/main/downloads/pause-downloads.ts': 'when a download was paused, for the list',
  'src/main/downloads/unwanted-downloads.ts': 'when a download ended, for the list',
  'src/main/sharing/share-health.ts': 'when a file was found damaged, for the list',
  'src/main/sharing/shares.ts': 'when a file was shared, for the list',
  'src/main/engine/client-base.ts': 'when an event happened, for whoever writes it down',
  'src/main/engine/client-rates.ts': 'the time of day, of limits that hold at one',
  'src/main/engine/engine.ts': 'how far this machine’s clock is off, for `doctor net`',
  'src/main/engine/connection-owners.ts':
    'whether a ticket of an earlier command is worth a try; the peer judges it by the tracker’s time',
  'src/main/engine/group-followers.ts': 'when a file came or went, for whoever reads it',
  'src/main/engine/sharing-owners.ts': 'when a round of checking began, over restarts',
  'src/main/commands/files.ts': 'how long ago something was shared, as people say it',
  'src/main/commands/history.ts': 'how long ago something was written down, as people say it',
  'src/main/commands/search.ts': 'how long ago something was shared, as people say it',
  'src/main/main.ts': 'when something happened, for whoever reads it',
  'src/main/home/spool.ts': 'a time of a file, compared with a day',
  'src/main/home/piece-hints.ts': 'a time of a file, compared with those of files',
  'src/main/processes/tracker-backup.ts': 'when a backup was made, for whoever restores it',
  'src/main/processes/tracker-restore.ts':
    'what the epochs of a restored tracker begin at, so that those of each restore are new',
  'src/main/processes/tracker-invite.ts': 'until when an invite is good, in days',
};

export const wallClocks = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    if (Object.hasOwn(readers, file)) return {};
    const report = (node) =>
      context.report({
        node,
        message:
          'a clock that anybody may set; take a steady one, or see scripts/lint/wall-clocks.js',
      });
    return {
      'MemberExpression[object.name="Date"][property.name="now"]': report,
      'NewExpression[callee.name="Date"][arguments.length=0]': report,
      'CallExpression[callee.name="Date"]': report,
      'MemberExpression[object.name="performance"][property.name="timeOrigin"]': report,
    };
  },
};
