/** How others reach this client, as one line for people, with what they can do about it. */
import type { PeerAddress } from '../../net/tracker-api.js';
import type { ReachObstacle, ReachState } from '../api/reach.js';
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
      return `only who is on your network can reach you, at ${listed(reach.addresses)}: ${causeOf(reach.obstacle)}; to be reached from elsewhere, forward a port of your router to this machine and say --announce HOST:PORT with the router's public address`;
    case 'unreached':
      return `nobody can reach you: ${causeOf(reach.obstacle)}; ${adviceFor(reach.obstacle)}`;
  }
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
