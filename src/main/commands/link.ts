/** `link`: makes a link for guests and prints it, alone on its line; whoever has it takes that, with no program. */
import { UsageError } from '../../net/errors.js';
import { MAX_GUEST_DOWNLOADS, MAX_GUEST_LINK_LIFETIME_MS } from '../../net/limits.js';
import { checkName } from '../../net/names.js';
import {
  argument,
  isSwitchedOn,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';
import { isThisMachine } from '../sharing/own-candidates.js';
import { formatGuestLink } from '../terminal/guest-address.js';
import { formatTime, parseAddress, parseCount, parseDurationMs } from '../terminal/quantities.js';

const DEFAULT_LIFETIME = '7d';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const fileName = checkName('file', argument(given, 'file'));
  const told = textOption(given, 'address');
  const address = told === undefined ? undefined : parseAddress(told);
  const password = given.args['password'];
  const made = await engine.createGuestLink({
    ...{ groupId, fileName, lifetimeMs: lifetimeOf(given), ...downloadsOf(given) },
    ...(password !== undefined && { password }),
  });
  const { fingerprint } = made.gateway;
  const at = address ?? made.gateway;
  const { id, expiresAtMs, downloads, isFolder } = made.link;
  const link = formatGuestLink(at, made.secret, made.link);
  const wantsCode = isSwitchedOn(given, 'qr');
  const code = wantsCode ? [(await import('../terminal/qr-code.js')).qrDrawing(link)] : [];
  const often =
    downloads === undefined
      ? ''
      : ` for ${downloads} ${downloads === 1 ? 'download' : 'downloads'}`;
  out.result(
    {
      ...{ link, linkId: id, groupId, fileName, expiresAtMs },
      ...(downloads !== undefined && { downloads }),
      hasPassword: made.link.hasPassword,
      ...(fingerprint !== undefined && { fingerprint }),
    },
    [link],
    [
      ...code,
      `good${often} until ${formatTime(expiresAtMs)}, while this client runs; whoever has it takes ${isFolder ? 'the folder' : 'the file'}`,
      ...(isFolder
        ? ['it comes as a zip file, and with ?as=tar behind the link as a tar file']
        : []),
      ...(fingerprint === undefined
        ? []
        : [
            `no authority vouches for the gateway, so a browser warns; its certificate has the SHA-256 ${fingerprint}`,
          ]),
      ...(isThisMachine(at.host)
        ? [
            `the link says ${at.host}, which is this machine alone; for others make it with --address HOST:PORT, where they reach the gateway`,
          ]
        : []),
    ],
  );
}

/** @throws UsageError */
function lifetimeOf(given: Given): number {
  const text = textOption(given, 'expires') ?? DEFAULT_LIFETIME;
  const lifetimeMs = parseDurationMs(text);
  if (lifetimeMs > 0 && lifetimeMs <= MAX_GUEST_LINK_LIFETIME_MS) return lifetimeMs;
  throw new UsageError(`"${text}" is out of bounds; choose a time of up to 365d`);
}

/** @throws UsageError */
function downloadsOf(given: Given): { downloads?: number } {
  const text = textOption(given, 'downloads');
  if (text === undefined) return {};
  return { downloads: parseCount(text, 'a number of downloads', 1, MAX_GUEST_DOWNLOADS) };
}
