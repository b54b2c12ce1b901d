/**
 * Whether what a container runs is well: exit status 0 or 1. It looks at the words of the container's process (or takes
 * them as its own): a tracker is asked for /healthz on its port, of a client its status has to say where it serves.
 * P2P_HEALTH_URL is asked instead where it is set, for instance that of `--metrics`.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get as getInClear } from 'node:http';
import { get } from 'node:https';
import { fileURLToPath } from 'node:url';
import { trackerUrl } from './tracker-url.mjs';

/** Less than the time-out of HEALTHCHECK. */
const TIMEOUT_MS = 8_000;

/** A certificate of its own is what a tracker has: nothing is told to it, so it need not be known. */
function isWell(url) {
  const isSecure = url.protocol === 'https:';
  const options = { timeout: TIMEOUT_MS, ...(isSecure && { rejectUnauthorized: false }) };
  return new Promise((resolve) => {
    const request = (isSecure ? get : getInClear)(url, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}

function isServing() {
  const program = fileURLToPath(new URL('../bin/p2p.js', import.meta.url));
  const words = [program, 'status', '--json'];
  const answer = execFileSync(process.execPath, words, { timeout: TIMEOUT_MS, stdio: 'pipe' });
  return JSON.parse(answer).listening !== undefined;
}

async function check(words) {
  const { P2P_HEALTH_URL: named } = process.env;
  if (named) return isWell(new URL(named));
  const url = trackerUrl(words);
  return url === undefined ? isServing() : isWell(url);
}

const own = process.argv.slice(2);
const words =
  own.length > 0 ? own : readFileSync('/proc/1/cmdline', 'utf8').split('\0').slice(0, -1);
const isFine = await check(words).catch(() => false);
process.exitCode = isFine ? 0 : 1;
