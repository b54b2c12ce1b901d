/**
 * What runs services on this machine, as far as a service of ours needs it: where its file lies, and which
 * commands let it know of the file. Data: nothing is written or run here.
 */
import { join } from 'node:path';
import { launchdPlist } from './launchd-plist.js';
import { serviceName, type Service, type ServiceVerb } from './service.js';
import { systemdUnit } from './systemd-unit.js';

type Call = readonly [program: string, ...words: string[]];

export interface ServiceFile {
  readonly path: string;
  /** Before `begin`; ends one that runs with another file, and may fail when there is none. */
  readonly endOlder: readonly Call[];
  readonly begin: readonly Call[];
  /** What helps whom the manager does not answer. */
  readonly remedy: string;
  readonly end: readonly Call[];
  /** After the file is gone. */
  readonly forget: readonly Call[];
  /** Prints how it stands. */
  readonly status: Call;
}

export interface Surroundings {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home folder of the user. */
  readonly userHome: string;
  /** The user's number. */
  readonly uid: number;
}

/** The file of a service, for the manager of this platform; undefined where there is none that we know. */
export function serviceFile(
  verb: ServiceVerb,
  scope: Service['scope'],
  surroundings: Surroundings,
): ServiceFile | undefined {
  switch (surroundings.platform) {
    case 'linux':
      return systemdFile(verb, scope, surroundings);
    case 'darwin':
      return launchdFile(verb, scope, surroundings);
    default:
      return undefined;
  }
}

/** What stands in it. */
export function serviceText(service: Service, platform: string, logPath: string): string {
  return platform === 'darwin' ? launchdPlist(service, logPath) : systemdUnit(service);
}

function systemdFile(
  verb: ServiceVerb,
  scope: Service['scope'],
  { env, userHome }: Surroundings,
): ServiceFile {
  const unit = `${serviceName(verb)}.service`;
  const config = env['XDG_CONFIG_HOME'] || join(userHome, '.config');
  const folder = scope === 'system' ? '/etc/systemd/system' : join(config, 'systemd', 'user');
  const systemctl = (...words: string[]): Call =>
    scope === 'system' ? ['systemctl', ...words] : ['systemctl', '--user', ...words];
  return {
    path: join(folder, unit),
    endOlder: [],
    // A unit that ran with another file begins anew.
    begin: [systemctl('daemon-reload'), systemctl('enable', unit), systemctl('restart', unit)],
    remedy:
      scope === 'system'
        ? 'it begins once systemd runs this machine'
        : 'do it in a login of this user (sudo and su are none), or with --system as root; p2p up serves without a service',
    end: [systemctl('disable', '--now', unit)],
    forget: [systemctl('daemon-reload')],
    status: systemctl('is-active', unit),
  };
}

function launchdFile(
  verb: ServiceVerb,
  scope: Service['scope'],
  { userHome, uid }: Surroundings,
): ServiceFile {
  const label = serviceName(verb);
  const library =
    scope === 'system' ? '/Library/LaunchDaemons' : join(userHome, 'Library/LaunchAgents');
  const path = join(library, `${label}.plist`);
  const domain = scope === 'system' ? 'system' : `gui/${uid}`;
  const end: readonly Call[] = [['launchctl', 'bootout', `${domain}/${label}`]];
  return {
    path,
    // A job that is loaded is not loaded again.
    endOlder: end,
    begin: [['launchctl', 'bootstrap', domain, path]],
    remedy: scope === 'system' ? 'it takes root' : 'do it in a login of this user, at the screen',
    end,
    forget: [],
    status: ['launchctl', 'print', `${domain}/${label}`],
  };
}
