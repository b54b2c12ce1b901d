/**
 * Runs tests with tap: those that are named (files and folders of dist/test), or all. Files of units that
 * lie in one folder share a process, some at a time: starting Node, tap and the modules that are tested takes
 * longer than most of such files do. Whoever changes or measures the process, and all that starts others,
 * has a process of its own. `npm run tap -- FILE` runs a single file, as it is.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = 'dist/test';
const GROUPS = 'dist/test-groups';
const FILES_TOGETHER = 8;
/** Whole programs, machines and packages; each file takes long enough by itself. */
const ALONE = /^dist\/test\/(docs|e2e|integration|lint|packaging|simulation|native-bench)\//;
/** Of a file that others in its process would notice, or whose figures would be theirs. */
const TOUCHES_PROCESS =
  /\bprocess\.(env|chdir|umask|exit|exitCode|on|once|emit|kill|memoryUsage|cpuUsage|resourceUsage|stdin|stdout|stderr|_getActive\w+|getActiveResourcesInfo|argv|execArgv|title)\b|\bgc\(|node:async_hooks|node:v8|node:perf_hooks|syncBuiltinESMExports/;

function filesUnder(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(path, name));
}

/** Files of one folder, at most so many together; one that is alone is run as it is. */
function grouped(files) {
  const together = new Map();
  const runs = [];
  for (const file of files) {
    if (ALONE.test(file) || TOUCHES_PROCESS.test(readFileSync(file, 'utf8'))) runs.push(file);
    else together.set(dirname(file), [...(together.get(dirname(file)) ?? []), file]);
  }
  for (const [folder, members] of together) {
    const parts = Math.ceil(members.length / FILES_TOGETHER);
    const size = Math.ceil(members.length / parts);
    for (let part = 0; part < parts; part++) {
      const some = members.slice(part * size, (part + 1) * size);
      runs.push(some.length > 1 ? groupOf(folder, part + 1, some) : some[0]);
    }
  }
  return runs;
}

/** Writes the file that runs these one after the other. */
function groupOf(folder, part, files) {
  const name = relative(ROOT, folder).replaceAll('/', '-');
  const path = join(GROUPS, `${name}-${part}.test.js`);
  const lines = files.map((file) => `import '${relative(GROUPS, file)}';\n`);
  writeFileSync(path, lines.join(''));
  return path;
}

const named = process.argv.slice(2);
const files = (named.length > 0 ? named : [ROOT]).flatMap(filesUnder).sort();
rmSync(GROUPS, { recursive: true, force: true });
mkdirSync(GROUPS, { recursive: true });
const tap = ['--import', './scripts/plain-tests.mjs', 'node_modules/tap/dist/esm/run.mjs'];
const { status } = spawnSync(process.execPath, [...tap, ...grouped(files)], { stdio: 'inherit' });
process.exit(status ?? 1);
