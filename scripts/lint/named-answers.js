/**
 * An ESLint rule: whoever calls the file system says what it may answer. A file that imports from
 * node:fs also imports what turns such an answer into a sentence, or stands in the table below.
 */
import path from 'node:path';

/** The ways to name an answer; all end in the table of src/net/system-errors.ts. */
const NAMERS = new Set(['toStorageError', 'systemFaultOf', 'libraryError']);

/** Files to which every failure is an answer, or whose callers name it. */
const takesAnyAnswer = [
  // Runs before anything of the program is loaded, and does without what it cannot read.
  /^src\/launch\//,
  // Part of the program itself: without it nothing runs.
  /^src\/net\/(package-root|own-version)\.ts$/,
  // Its callers name the database.
  /^src\/net\/database-flaw\.ts$/,
  // Its callers know what the folder is for.
  /^src\/net\/(make-folder|sync-folder|as-owner)\.ts$/,
  // The restore names the folder.
  /^src\/tracker\/upkeep\/left-folder\.ts$/,
  // Asks the system about this process, and does without the answer.
  /^src\/(main\/terminal\/foreground|net\/(descriptor-share|present-folder|spare-descriptor))\.ts$/,
  // Where the system tells no routes, others are guessed.
  /^src\/main\/router\/gateways\.ts$/,
  // Only for a message, which does without.
  /^src\/main\/control\/(halts|home-in-use)\.ts$/,
  // Where the system tells nothing of processes, the pid decides.
  /^src\/main\/home\/process-(mark|stat)\.ts$/,
  // What cannot be watched is looked at.
  /^src\/main\/sync\/folder-watch\.ts$/,
  // What cannot be looked at is not there, and told when its turn comes.
  /^src\/main\/commands\/(download|download-many|upload-many)\.ts$/,
  /^src\/main\/downloads\/(file-at|likely-file)\.ts$/,
  /^src\/main\/shell\/shell-(completion|history)\.ts$/,
  /^src\/tracker\/accounts\/registration\.ts$/,
  // A file that cannot be looked at is reported as such.
  /^src\/main\/sharing\/verification\.ts$/,
  // What cannot be looked at cannot be written to either.
  /^src\/main\/home\/outside-home\.ts$/,
  // A copy that fails is fetched from peers instead.
  /^src\/main\/disk\/cloned-file\.ts$/,
  // Lines that cannot be written are counted, and the work goes on.
  /^src\/main\/background\/background-log\.ts$/,
  // Without the last line the process goes on.
  /^src\/main\/last-resort\.ts$/,
  // A close that fails loses nothing that was not lost before.
  /^src\/workers\/disk\/close-quietly\.ts$/,
  // Hints: without them a killed download hashes or fetches more.
  /^src\/main\/home\/piece-hints\.ts$/,
  // In folders that they have just made; the edge of the process names what goes wrong there.
  /^src\/main\/(quickstart|bench)\//,
];

const FILE_SYSTEM = new Set(['node:fs', 'node:fs/promises', 'fs', 'fs/promises']);

function isOfTypes(node) {
  if (node.importKind === 'type') return true;
  const { specifiers } = node;
  return specifiers.length > 0 && specifiers.every(({ importKind }) => importKind === 'type');
}

export const namedAnswers = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    if (!file.startsWith('src/') || takesAnyAnswer.some((name) => name.test(file))) return {};
    let call;
    let isNamed = false;
    return {
      ImportDeclaration(node) {
        if (FILE_SYSTEM.has(node.source.value) && !isOfTypes(node)) call ??= node;
        isNamed ||= node.specifiers.some(({ imported }) => NAMERS.has(imported?.name));
      },
      'Program:exit'() {
        if (call === undefined || isNamed) return;
        const message =
          'say what the file system may answer: toStorageError(error, doing, aim), see src/net/system-errors.ts';
        context.report({ node: call, message });
      },
    };
  },
};
