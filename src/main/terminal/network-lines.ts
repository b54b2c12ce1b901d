/** What a look at the network has found, for people: a line for each thing, and what would help. */
import type { NetworkKind, NetworkReport } from '../api/network-report.js';
import { reachLine } from './reach-lines.js';
import { formatAddress } from './quantities.js';
import { trackerAddressLines } from './tracker-address-lines.js';

/** A clock that is off by more makes certificates and dates in lists wrong. */
const CLOCK_TOLERANCE_MS = 5_000;

/** What helps against a clock that is off. */
export const CLOCK_ADVICE = 'set the clock of this machine, or of the tracker’s';

const KINDS: Readonly<Record<NetworkKind, string>> = {
  open: 'others reach this machine itself',
  mapped:
    'this machine is behind a router that passes connections on to p2p, because it was asked to',
  forwarded: 'this machine is behind a router, or something like one, that passes connections on',
  'same-network':
    'this machine and the tracker are in one network, in which others reach it; about others nobody can tell from there',
  'this-machine': 'p2p serves for this machine alone',
  firewalled: 'a firewall lets nobody in',
  'behind-router': 'this machine is behind a router that passes nothing on',
  'behind-two-routers':
    'this machine is behind two routers, the outer one of which (mostly the provider’s) passes nothing on',
  unknown:
    'what kind of network this is cannot be told before the tracker has tried your addresses',
};

/** The lines of a report, the verdict last. */
export function networkLines(report: NetworkReport): string[] {
  const own = report.addresses.map(({ host, interfaceName }) => `${host} (${interfaceName})`);
  return [
    `addresses: ${own.length > 0 ? own.join(', ') : 'none; this machine is in no network'}`,
    `IPv6: ${report.hasIpv6 ? 'a public address' : 'no public address'}`,
    ...trackerLines(report),
    ...trackerAddressLines(report.trackerAddresses),
    ...report.tried.map(
      (one) => `tried from the tracker: ${formatAddress(one)}: ${TRIED[one.outcome]}`,
    ),
    `reach: ${reachLine(report.reach)}`,
    `router: ${routerText(report)}`,
    `own network: ${lanText(report)}`,
    `verdict: ${KINDS[report.kind]}`,
    ...networkAdvice(report).map((advice) => `to do: ${advice}`),
  ];
}

const TRIED = {
  answered: 'reached',
  'other-device': 'another device answers there',
  refused: 'nobody listens there',
  silent: 'no answer',
  'no-way': 'cannot be dialled from there',
} as const;

function trackerLines({ tracker }: NetworkReport): string[] {
  if (tracker.state === 'away') {
    const { code, message } = tracker.error;
    return [`tracker: ${code === 'NOT_LOGGED_IN' ? 'nobody is logged in' : message}`];
  }
  const { address, roundTripMs, seen, clockAheadMs } = tracker;
  const where = seen === undefined ? '' : `; it sees you at ${seen}`;
  return [
    `tracker: ${address} answers in ${roundTripMs} ms${where}`,
    `clock: ${clockText(clockAheadMs)}`,
  ];
}

/** Whether a clock is too far from the tracker’s. */
export function isClockOff(aheadMs: number): boolean {
  return Math.abs(aheadMs) > CLOCK_TOLERANCE_MS;
}

/** How far the clock of this machine is from the tracker’s. */
export function clockText(aheadMs: number): string {
  if (!isClockOff(aheadMs)) return 'as the tracker’s';
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  return `${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the tracker’s`;
}

function routerText({ router }: NetworkReport): string {
  switch (router.state) {
    case 'off':
      return 'not asked';
    case 'asking':
      return 'has not answered in time';
    case 'mapped': {
      const { externalHost = 'its outer address', externalPort } = router;
      return `${router.router} passes ${formatAddress({ host: externalHost, port: externalPort })} on (${NAMES[router.by]})`;
    }
    case 'none': {
      if (router.tried.length === 0) return 'none that could be asked';
      const told = router.tried.map(({ by, refused }) => {
        const name = NAMES[by] ?? by;
        return refused === 'silent' ? `no answer by ${name}` : `refused by ${name} (${refused})`;
      });
      return told.join(', ');
    }
  }
}

/** What goes without being reached. */
const RELAY =
  'or leave it: whoever can be reached is served all the same, and others are where the tracker relays, or a member (--relay RATE of both)';

const NAMES: Readonly<Record<string, string>> = {
  pcp: 'PCP or NAT-PMP',
  'nat-pmp': 'NAT-PMP',
  upnp: 'UPnP',
};

function lanText({ lan }: NetworkReport): string {
  if (lan.state === 'untried') return 'not tried';
  if (lan.state !== 'on') return 'peers are not looked for (--no-lan)';
  const refused = lan.faults.length > 0 ? `; refused by the system: ${lan.faults.join(', ')}` : '';
  return lan.hosts.length > 0
    ? `peers are found without the tracker, from ${lan.hosts.join(', ')}${refused}`
    : `no multicast, so peers are not found without the tracker${refused}`;
}

/** What would help, the simplest first. */
export function networkAdvice(report: NetworkReport): string[] {
  const { kind, tracker } = report;
  const port = report.listening[0]?.port;
  const clock =
    tracker.state === 'reached' && isClockOff(tracker.clockAheadMs) ? [CLOCK_ADVICE] : [];
  const forward = `forward a port of your router to port ${port} of this machine (--port fixes it), and say --announce HOST:PORT with its public address`;
  switch (kind) {
    case 'firewalled':
      return [
        ...clock,
        `let TCP port ${port} through the firewall of this machine (--port fixes it)`,
      ];
    case 'behind-router':
      return [...clock, 'turn on UPnP or NAT-PMP in your router', forward, RELAY];
    case 'behind-two-routers':
      return [
        ...clock,
        'ask the provider for a public address, or use IPv6 if it gives you that',
        RELAY,
      ];
    case 'this-machine':
      return [...clock, 'leave --host out, or give it an address of this machine'];
    case 'unknown':
      return tracker.state === 'away' && tracker.error.code === 'NOT_LOGGED_IN'
        ? ['log in first with p2p login, then look again']
        : [
            ...clock,
            tracker.state === 'away'
              ? 'look whether the tracker runs, then look again'
              : 'look again in some minutes: the tracker has not tried your addresses yet',
          ];
    case 'open':
    case 'mapped':
    case 'forwarded':
    case 'same-network':
      return clock;
  }
}
