/**
 * ESLint rules that only this project has: the arrows of import between the folders of src, the
 * floors inside them, no circles, the one importer of each wrapped package, names of files, and
 * the comment that opens a file. The tables at the top are the rules; everything below, and the
 * files beside this one, only apply them. Which files may read the clock that people set is a table
 * of wall-clocks.js, which may call the file system as they like one of named-answers.js.
 */
import path from 'node:path';
import { climb, homelessness, OTHER_FILES } from './floors.js';
import { graphWith } from './import-graph.js';
import { noLoosePromise, noUnheardPromise } from './loose-promises.js';
import { namedAnswers } from './named-answers.js';
import { wallClocks } from './wall-clocks.js';

/** What each folder of src may import besides itself. */
const arrows = {
  net: [],
  workers: ['net'],
  main: ['net', 'workers'],
  launch: ['net', 'workers'],
  tracker: ['net'],
};

/**
 * The floors inside a folder of src, from the bottom to the top: a file may import its own floor
 * and those below. A line is a floor: a folder, a file of that folder itself, or several that
 * may import each other. A folder without a line is an error.
 */
const floors = {
  main: [
    'disk',
    'threads',
    'home',
    'api',
    'control',
    'background',
    'terminal',
    'pipes',
    'answers',
    'swarm',
    'tracker-link',
    'lan',
    'router',
    'account',
    'sharing',
    'downloads',
    'guests',
    'sync',
    'group-files',
    'engine',
    'programs',
    'cli',
    'settings',
    'hooks',
    'commands',
    'shell',
    'quickstart',
    'share',
    'service',
    'tracker-admin',
    'web',
    'gateway',
    'bench',
    'processes',
    OTHER_FILES,
  ],
  workers: [
    ['messages', 'web-assembly.d.ts'],
    ['kernel', 'memory'],
    'disk',
    'hashing',
    'dialling',
    'serving',
    'fetching',
    OTHER_FILES,
  ],
  tracker: [
    [
      ...['clock.ts', 'fair-queue.ts', 'fair-share.ts', 'one-at-a-time.ts', 'shared-bound.ts'],
      ...['notice.ts', 'text-frame.ts'],
    ],
    ['change-group.ts', 'turn-queue.ts', 'paging.ts'],
    'store',
    'view',
    'presence',
    'reach',
    'relay',
    'accounts',
    'sessions',
    'effects.ts',
    'fellows',
    OTHER_FILES,
    'upkeep',
    'handlers',
    'admin',
    ['dispatch.ts', 'create-context.ts', 'tracker.ts', 'run-tracker.ts'],
  ],
};

/** The one file that puts the folders together. */
const program = 'src/program.ts';

/** A package that is wrapped, and the only files of src that may import it. */
const wrappers = {
  piscina: /^src\/(main\/threads\/pool-thread|tracker\/accounts\/password-hasher)\.ts$/,
  yargs: /^src\/main\/cli\/cli\.ts$/,
  'cli-progress': /^src\/main\/terminal\/progress\.ts$/,
  uqr: /^src\/main\/terminal\/qr-code\.ts$/,
  'string-width': /^src\/main\/terminal\/display-width\.ts$/,
  'hash-wasm':
    /^src\/(workers\/hashing\/[a-z0-9-]*hasher[a-z0-9-]*|tracker\/accounts\/password-worker)\.ts$/,
  ws: /^src\/(main\/tracker-link\/tracker-socket|tracker\/sessions\/(server|session))\.ts$/,
  'toml-eslint-parser': /^src\/main\/settings\/toml-text\.ts$/,
  ignore: /^src\/main\/disk\/path-patterns\.ts$/,
  'prom-client': /^src\/net\/figures\/figure-page\.ts$/,
  kysely: /^src\/tracker\/store\/(sqlite|postgres|statements)\/[a-z0-9-]+\.ts$/,
  ioredis: /^src\/tracker\/fellows\/bus\.ts$/,
  pg: /^src\/tracker\/store\/postgres\/connection\.ts$/,
  '@photostructure/sqlite': /^src\/net\/embedded-database\.ts$/,
  'node:sqlite': /^src\/net\/embedded-database\.ts$/,
};

const vagueNames = ['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'misc'];

function relativeName(context) {
  return path.relative(context.cwd, context.filename).split(path.sep).join('/');
}

/** `@scope/name/deep` and `name/deep` without the deep part; `node:` names as they are. */
function packageOf(specifier) {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Why this file may not import that, or undefined when it may. */
export function refusal(file, specifier) {
  if (!specifier.startsWith('.')) {
    const name = packageOf(specifier);
    if (!Object.hasOwn(wrappers, name) || wrappers[name].test(file)) return undefined;
    return `${name} may only be imported by ${wrappers[name].source}`;
  }
  const target = path.posix.join(path.posix.dirname(file), specifier);
  const [root, to] = target.split('/');
  if (file === program) return undefined;
  const from = file.split('/')[1];
  if (root !== 'src') return `src may not import ${target}`;
  if (from === to || arrows[from]?.includes(to)) return undefined;
  return `src/${from} may not import src/${to}: net <- workers <- main, net <- tracker, net, workers <- launch`;
}

/** Visits every import of a file: of values and types, re-exports, `import()`, `typeof import()`. */
function visitImports(visit) {
  const check = (source) => {
    if (typeof source?.value === 'string') visit(source);
  };
  return {
    ImportDeclaration: (node) => check(node.source),
    ExportNamedDeclaration: (node) => check(node.source),
    ExportAllDeclaration: (node) => check(node.source),
    ImportExpression: (node) => check(node.source),
    TSImportType: (node) => check(node.source ?? node.argument?.literal),
  };
}

const imports = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relativeName(context);
    return visitImports((node) => {
      const message = refusal(file, node.value);
      if (message !== undefined) context.report({ node, message });
    });
  },
};

const floorsRule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relativeName(context);
    return {
      Program(node) {
        const message = homelessness(floors, file);
        if (message !== undefined) context.report({ node, message });
      },
      ...visitImports((node) => {
        const message = climb(floors, file, node.value);
        if (message !== undefined) context.report({ node, message });
      }),
    };
  },
};

const circles = {
  meta: { type: 'problem', schema: [] },
  create: (context) => ({
    Program(node) {
      const file = relativeName(context);
      const circle = graphWith(context.cwd, file, context.sourceCode.text).circleThrough(file);
      if (circle === undefined) return;
      context.report({ node, message: `these files import each other: ${circle.join(' -> ')}` });
    },
  }),
};

const fileName = {
  meta: { type: 'suggestion', schema: [] },
  create: (context) => ({
    Program(node) {
      const file = relativeName(context);
      const name = path.posix.basename(file).replace(/(\.(test|d))?\.ts$/, '');
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
        context.report({ node, message: `${file}: file names are kebab-case` });
      const parts = [...path.posix.dirname(file).split('/'), name];
      if (file.startsWith('src/') && parts.some((part) => vagueNames.includes(part)))
        context.report({ node, message: `${file}: name the thing that the file holds` });
    },
  }),
};

const fileHeader = {
  meta: { type: 'suggestion', schema: [] },
  create: (context) => ({
    Program(node) {
      const first = context.sourceCode.getAllComments()[0];
      const start = node.body[0]?.range[0] ?? 0;
      if (first === undefined || first.range[0] > start)
        context.report({ node, message: 'open the file with a comment that says what it is' });
    },
  }),
};

export default {
  rules: {
    imports,
    floors: floorsRule,
    circles,
    'file-name': fileName,
    'file-header': fileHeader,
    'no-loose-promise': noLoosePromise,
    'no-unheard-promise': noUnheardPromise,
    'named-answers': namedAnswers,
    'wall-clocks': wallClocks,
  },
};
