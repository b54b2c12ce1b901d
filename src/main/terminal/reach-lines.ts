/** How others reach this client, as one line for people, with what they can do about it. */
import { display } from '../../net/display.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { LateReach, ReachObstacle, ReachState } from '../api/reach.js';
import { formatAddress } from './quantities.js';

/** The line for a state. */
export function reachLine(reach: ReachState): string {
  switch (reach.state) {
    case 'unserved':
      return 'nothing is served, so nobody comes';
    case 'looking':
      return 'the tracker is finding out whether others reach you';
    case 'reached': {
      const tried = reach.from === 'elsewhere' ? 'tried' : 'tried from this machine';
      return `others reach you at ${listed(reach.addresses)} (${tried})`;
    }
    case 'local':
      return `only this machine reaches you, at ${listed(reach.addresses)}`;
    case 'nearby':
      return `${nearbyText(reach)}: ${causeOf(reach.obstacle)}; to be ${wanted(reach)} from elsewhere, forward a port of your router to this machine and say --announce HOST:PORT with the router's public address`;
    case 'unreached': {
      const cause = causeOf(reach.obstacle);
      const advice = adviceFor(reach.obstacle);
      return reach.late
        ? `others reach you ${lateText(reach.late)}: ${cause}; to be dialled, ${advice}`
        : `nobody can reach you: ${cause}; ${advice}`;
    }
  }
}

function nearbyText({ addresses, late }: ReachState & { state: 'nearby' }): string {
  const where = listed(addresses);
  return late
    ? `who is on your network reaches you at ${where}, others ${lateText(late)}`
    : `only who is on your network can reach you, at ${where}`;
}

/** Who comes already need not be told how to be reached. */
function wanted({ late }: ReachState & { state: 'nearby' }): string {
  return late ? 'dialled' : 'reached';
}

function lateText({ relay }: LateReach): string {
  return relay === undefined
    ? 'by calls, or, where nobody can dial them either, through a member who relays (serve --relay RATE)'
    : `by calls, or through the relay of ${display(relay)}`;
}

function causeOf({ reason, at }: ReachObstacle): string {
  const where = listed(at);
  switch (reason) {
    case 'loopback':
      return `you serve on ${where} alone, where only this machine comes`;
    case 'untried':
      return 'the tracker knows no address of yours that it could try';
    case 'silent':
      return `no answer at ${where}`;
    case 'refused':
      return `nothing listens at ${where}`;
    case 'other-device':
      return `another device answers at ${where}`;
    case 'no-way':
      return `there is no way from the tracker to ${where}`;
  }
}

function adviceFor({ reason, at }: ReachObstacle): string {
  const port = at[0]?.port;
  switch (reason) {
    case 'loopback':
      return 'leave --host out, or give it an address of this machine';
    case 'untried':
      return 'say --announce HOST:PORT with an address at which others find this machine';
    case 'silent':
      return `let port ${port} through the firewall of this machine and of its network (--port fixes it), or forward one and say --announce HOST:PORT`;
    case 'refused':
    case 'other-device':
    case 'no-way':
      return 'say --announce HOST:PORT with an address at which others find this machine';
  }
}

function listed(addresses: readonly PeerAddress[]): string {
  return addresses.map(formatAddress).join(', ');
}
