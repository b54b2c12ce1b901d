/**
 * Loaded before tap's runner: has it start each test file with Node alone. tap adds loaders that note
 * which modules are loaded, for coverage and for mocks; every thread and every process that a test
 * starts inherits them. Neither is used here, and they double what the tests take.
 */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

const { spawn } = childProcess;
const { NODE_OPTIONS } = process.env;

function isLoader(argument) {
  return /^--import=.*\/@tapjs\//.test(argument);
}

function spawnPlainly(command, args, options) {
  const env = { ...options.env, NODE_OPTIONS };
  const plain = args.filter((argument) => !isLoader(argument));
  return spawn(command, plain, { ...options, env });
}

childProcess.spawn = spawnPlainly;
syncBuiltinESMExports();
