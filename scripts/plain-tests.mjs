/**
 * Loaded before tap's runner: has it start each test file with Node alone. tap adds loaders that note
 * which modules are loaded, for coverage and for mocks; every thread and every process that a test
 * starts inherits them. Neither is used here, and they double what the tests take.
 *
 * What the program compiles in one home of a run, it finds in all of them: nearly every test has homes that are new.
 */
import childProcess from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { spawn } = childProcess;
const { NODE_OPTIONS } = process.env;

function isLoader(argument) {
  return /^--import=.*\/@tapjs\//.test(argument);
}

/** What is no test is started as it is. */
function spawnPlainly(command, args, options) {
  if (!Array.isArray(args) || !args.some(isLoader)) return spawn(command, args, options);
  const env = { ...(options?.env ?? process.env), NODE_OPTIONS };
  const plain = args.filter((argument) => !isLoader(argument));
  return spawn(command, plain, { ...options, env });
}

childProcess.spawn = spawnPlainly;
syncBuiltinESMExports();

const code = mkdtempSync(join(tmpdir(), 'p2p-code-'));
process.env.NODE_COMPILE_CACHE = code;
process.on('exit', () => rmSync(code, { recursive: true, force: true }));
