/** The systemd unit of a service, as text. Pure. What stands in it, and why, is in docs/services.md. */
import { serviceName, type Service } from './service.js';

type Setting = readonly [name: string, value: string];

/**
 * A client that waits for its tracker counts as started, so that this is for what does not start at all. A tracker
 * takes the steps to its newest database first, and would begin them again and again.
 */
const START_TIMEOUT = { serve: '60', tracker: 'infinity' } as const;
/** What is closed has five seconds for it. */
const STOP_SECONDS = 15;
/** A main thread that stands still for so long is started anew. */
const WATCHDOG_SECONDS = 120;
/** Statuses that another try does not help against: words that cannot be understood, and nobody logged in. */
const HOPELESS = '2 3';

/** What the manager of a user can hold too, whatever the kernel lets it do. */
const EVERYWHERE: readonly Setting[] = [
  ['NoNewPrivileges', 'yes'],
  ['LockPersonality', 'yes'],
  ['RestrictRealtime', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
  ['RestrictAddressFamilies', 'AF_INET AF_INET6 AF_UNIX AF_NETLINK'],
  ['SystemCallArchitectures', 'native'],
];

const OF_THE_MACHINE: readonly Setting[] = [
  ['PrivateDevices', 'yes'],
  ['PrivateTmp', 'yes'],
  ['ProtectClock', 'yes'],
  ['ProtectControlGroups', 'yes'],
  ['ProtectHostname', 'yes'],
  ['ProtectKernelLogs', 'yes'],
  ['ProtectKernelModules', 'yes'],
  ['ProtectKernelTunables', 'yes'],
  ['RestrictNamespaces', 'yes'],
];

const DESCRIPTIONS = {
  serve: 'p2p: shares files with groups',
  tracker: 'p2p: a tracker',
} as const;

/** The whole text of its file. */
export function systemdUnit(service: Service): string {
  const isSystem = service.scope === 'system';
  const sections: readonly (readonly [string, readonly Setting[]])[] = [
    [
      'Unit',
      [
        ['Description', DESCRIPTIONS[service.verb]],
        ...(isSystem ? ONLINE : []),
        ['StartLimitIntervalSec', '0'],
      ],
    ],
    ['Service', [...lifeOf(service), ...(isSystem ? machineOf(service) : []), ...EVERYWHERE]],
    ['Install', [['WantedBy', isSystem ? 'multi-user.target' : 'default.target']]],
  ];
  return sections
    .map(([name, settings]) =>
      [`[${name}]`, ...settings.map(([key, value]) => `${key}=${value}`), ''].join('\n'),
    )
    .join('\n');
}

const ONLINE: readonly Setting[] = [
  ['Wants', 'network-online.target'],
  ['After', 'network-online.target'],
];

function lifeOf({ verb, command, runsAs, homePath }: Service): readonly Setting[] {
  const [program, ...words] = command;
  const home = runsAs === 'own-user' ? `%S/${serviceName(verb)}` : escaped(homePath);
  return [
    ['Type', 'notify'],
    // systemd-notify says it, which is another process.
    ['NotifyAccess', 'all'],
    ['ExecStart', [quoted(program), ...words.map(quotedWord)].join(' ')],
    // A tracker reads its certificate again, a client its limits.
    ['ExecReload', '/bin/kill -HUP $MAINPID'],
    ['Environment', `"P2P_HOME=${home}"`],
    ['Restart', 'on-failure'],
    ['RestartSec', '5'],
    ['RestartPreventExitStatus', HOPELESS],
    ['TimeoutStartSec', START_TIMEOUT[verb]],
    ['TimeoutStopSec', String(STOP_SECONDS)],
    ['WatchdogSec', String(WATCHDOG_SECONDS)],
  ];
}

function machineOf({ verb, runsAs, hasLowPort }: Service): readonly Setting[] {
  const capabilities = hasLowPort ? 'CAP_NET_BIND_SERVICE' : '';
  const who: readonly Setting[] =
    runsAs === 'own-user'
      ? [
          ['DynamicUser', 'yes'],
          ['StateDirectory', serviceName(verb)],
          ['StateDirectoryMode', '0700'],
          ['ProtectSystem', 'strict'],
          ['ProtectHome', 'read-only'],
        ]
      : [
          ['User', escaped(runsAs.user)],
          // It writes where its user lets it download to.
          ['ProtectSystem', 'full'],
        ];
  return [
    ...who,
    ['CapabilityBoundingSet', capabilities],
    ...(hasLowPort ? ([['AmbientCapabilities', capabilities]] as const) : []),
    ...OF_THE_MACHINE,
  ];
}

/** A word of a command line, in which systemd would put in variables. */
function quotedWord(word: string): string {
  return quoted(word).replaceAll('$', '$$$$');
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

/** Within quotes. A percent sign begins a specifier, also in quotes. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t');
}
