/**
 * What `doctor` makes of all that it has found: a line for each thing that p2p needs, whether it is well,
 * and what helps where it is not. Pure.
 */
import { leftOutOf } from '../../net/embedded-database.js';
import type { ErrorCode, WireError } from '../../net/errors.js';
import { GiB, MiB } from '../../net/limits.js';
import type { Status } from '../api/client-status.js';
import type { FolderLook, MachineLook } from '../api/machine-look.js';
import type { NetworkReport } from '../api/network-report.js';
import type { SharedFile, SharedFileState } from '../api/shared-files.js';
import { CLOCK_ADVICE, clockText, isClockOff, networkAdvice } from '../terminal/network-lines.js';
import { formatBytes, formatListening } from '../terminal/quantities.js';
import { reachLine } from '../terminal/reach-lines.js';
import { identityText } from './status.js';

/** Less room than this is soon used up; what a folder of p2p itself needs is far less. */
const LITTLE_ROOM_BYTES = GiB;
/** The library and the state of downloads do not fit any more. */
const NO_ROOM_BYTES = 10 * MiB;
/** With fewer, only few files of a folder are open at a time, and transfers are slow. */
const FEW_OPEN_FILES = 512;

export interface HealthCheck {
  readonly name: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly says: string;
  readonly fix?: string;
  /** Of what fails: it decides the exit status. */
  readonly code?: ErrorCode;
}

/** What there is to judge; an error stands for what could not be found. */
export interface Findings {
  readonly status: Status;
  readonly machine: MachineLook;
  readonly network: NetworkReport | WireError;
  readonly shares: readonly SharedFile[] | WireError;
  /** Of the command that asks; the client that does the work may be another one. */
  readonly version: string;
}

/** All checks, in the order in which somebody would mend what fails. */
export function healthChecks(findings: Findings): HealthCheck[] {
  const { machine, network } = findings;
  return [
    versionCheck(findings),
    folderCheck('home', machine.home, 'free some, or name another folder with P2P_HOME'),
    libraryCheck(machine),
    folderCheck('downloads', machine.destination, 'free some, or download to another folder'),
    openFilesCheck(machine),
    loginCheck(findings),
    ...('kind' in network ? networkChecks(findings, network) : [failed('network', network)]),
    sharesCheck(findings),
  ];
}

function versionCheck({ version, machine, network }: Findings): HealthCheck {
  const tracker =
    'kind' in network && network.tracker.state === 'reached' ? network.tracker : undefined;
  const theirs = tracker && (tracker.version ?? 'of another version');
  const says = `p2p ${machine.version}, Node ${machine.nodeVersion}${theirs === undefined ? '' : `, tracker ${theirs}`}`;
  if (machine.version !== version) {
    const fix = 'stop the client that runs for this home, and start it again';
    return { name: 'versions', verdict: 'warn', says: `${says}; this command is ${version}`, fix };
  }
  if (tracker === undefined || tracker.version === version) return ok('versions', says);
  const fix = 'run the same version here and at the tracker';
  return { name: 'versions', verdict: 'warn', says, fix };
}

function folderCheck(name: string, look: FolderLook, fix: string): HealthCheck {
  const { path, freeBytes, error } = look;
  if (error) return failed(name, error);
  const says =
    freeBytes === undefined
      ? `${path} can be written to; how much is free is not told`
      : `${formatBytes(freeBytes)} free in ${path}`;
  if (freeBytes === undefined || freeBytes >= LITTLE_ROOM_BYTES) return ok(name, says);
  if (freeBytes >= NO_ROOM_BYTES) return { name, verdict: 'warn', says, fix };
  return { name, verdict: 'fail', says, fix, code: 'DISK_FULL' };
}

function libraryCheck({ libraryError, nodeVersion }: MachineLook): HealthCheck {
  if (libraryError) {
    const { says, fix } = leftOutOf(nodeVersion);
    const check = failed('library', libraryError);
    return libraryError.message === `${says}; ${fix}` ? { ...check, says, fix } : check;
  }
  return ok('library', 'what is shared and downloaded can be looked up');
}

function openFilesCheck({ openFilesLimit: limit }: MachineLook): HealthCheck {
  const name = 'open files';
  if (limit === undefined) return ok(name, 'no limit');
  if (limit >= FEW_OPEN_FILES) return ok(name, `up to ${limit}`);
  const fix = `ulimit -n ${FEW_OPEN_FILES}, or LimitNOFILE= of the service`;
  return { name, verdict: 'warn', says: `only ${limit} at a time, which slows folders down`, fix };
}

function loginCheck({ status }: Findings): HealthCheck {
  const { userId, tracker } = status;
  if (userId !== undefined) return ok('login', `${userId} at ${tracker ?? 'a tracker'}`);
  const fix = 'p2p login NAME --tracker HOST:PORT, or p2p join LINK';
  return {
    name: 'login',
    verdict: 'fail',
    says: 'nobody is logged in',
    fix,
    code: 'NOT_LOGGED_IN',
  };
}

function networkChecks({ status }: Findings, report: NetworkReport): HealthCheck[] {
  const { tracker } = report;
  if (tracker.state === 'away') {
    // Without a login there is no tracker to ask, and that was said.
    return tracker.error.code === 'NOT_LOGGED_IN' ? [] : [failed('tracker', tracker.error)];
  }
  const { address, roundTripMs, clockAheadMs } = tracker;
  const isOff = isClockOff(clockAheadMs);
  const clock = clockText(clockAheadMs);
  return [
    ok('tracker', `${address} answers in ${roundTripMs} ms`),
    ok('tracker key', identityText(status)),
    isOff ? { name: 'clock', verdict: 'warn', says: clock, fix: CLOCK_ADVICE } : ok('clock', clock),
    ...report.listening.slice(0, 1).map((at) => ok('port', formatListening(at))),
    reachCheck(report),
  ];
}

function reachCheck(report: NetworkReport): HealthCheck {
  const { reach } = report;
  const name = 'reach';
  const says = reachLine(reach);
  // Of the clock it was said already.
  const advice = networkAdvice(report).filter((one) => one !== CLOCK_ADVICE);
  const fix = advice.length === 0 ? {} : { fix: advice.join('; ') };
  switch (reach.state) {
    case 'reached':
      return ok(name, says);
    case 'unserved':
    case 'looking':
    case 'nearby':
      return { name, verdict: 'warn', says, ...fix };
    case 'local':
      return { name, verdict: 'fail', says, ...fix, code: 'NOT_REACHED' };
    case 'unreached':
      if (reach.late) return { name, verdict: 'warn', says, ...fix };
      return { name, verdict: 'fail', says, ...fix, code: 'NOT_REACHED' };
  }
}

const AMISS: readonly SharedFileState[] = ['changed', 'damaged', 'missing', 'refused'];

function sharesCheck({ shares }: Findings): HealthCheck {
  const name = 'shares';
  if ('code' in shares) {
    return shares.code === 'NOT_LOGGED_IN'
      ? ok(name, 'none without a login')
      : failed(name, shares);
  }
  const counted = AMISS.flatMap((state) => {
    const count = shares.filter((file) => file.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const all = shares.length === 1 ? '1 file' : `${shares.length} files`;
  if (counted.length === 0)
    return ok(name, shares.length === 0 ? 'nothing is shared' : `${all}, none amiss`);
  const fix = 'p2p shares says which, and what to do';
  return { name, verdict: 'warn', says: `of ${all} ${counted.join(', ')}`, fix };
}

function ok(name: string, says: string): HealthCheck {
  return { name, verdict: 'ok', says };
}

function failed(name: string, { code, message }: WireError): HealthCheck {
  return { name, verdict: 'fail', says: message, code };
}
