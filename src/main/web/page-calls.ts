/**
 * What the page asks besides the methods of the engine: texts that the command line makes of what an engine
 * answers, and reads. One table; it checks shapes alone.
 */
import * as v from 'valibot';
import { TrackerError } from '../../net/errors.js';
import { MAX_GUEST_DOWNLOADS, MAX_GUEST_LINK_LIFETIME_MS } from '../../net/limits.js';
import { checkName } from '../../net/names.js';
import { INVITED_ROLES } from '../../net/roles.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Spool } from '../home/spool.js';
import { ownNames } from '../commands/own-names.js';
import { isThisMachine } from '../sharing/own-candidates.js';
import { formatGuestLink } from '../terminal/guest-address.js';
import { formatInviteLink, parseInviteLink } from '../terminal/invite-link.js';
import { parseAddress } from '../terminal/quantities.js';
import { parseTracker } from '../terminal/tracker-address.js';
import { requireMayDrop } from './drop-request.js';

/** Where the page's user is. */
export interface WebSurroundings {
  readonly version: string;
  /** Absolute: where downloads go, unless it is said otherwise. */
  readonly folder: string;
  /** Where the content lies that a browser brings. */
  readonly spool: Spool;
}

interface PageCall<Params> {
  readonly params: v.GenericSchema<unknown, Params>;
  readonly run: (
    engine: EngineApi,
    params: Params,
    place: WebSurroundings,
    signal: AbortSignal,
  ) => Promise<unknown>;
}

function pageCall<Params>(
  params: v.GenericSchema<unknown, Params>,
  run: PageCall<Params>['run'],
): PageCall<Params> {
  return { params, run };
}

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const newInvite = v.object({
  groupId: v.string(),
  uses: count,
  lifetimeMs: count,
  role: v.picklist(INVITED_ROLES),
  /** Where others reach the tracker, when not where this client does. */
  address: v.exactOptional(v.string()),
});

const newGuestLink = v.object({
  groupId: v.string(),
  fileName: v.string(),
  lifetimeMs: v.pipe(count, v.maxValue(MAX_GUEST_LINK_LIFETIME_MS)),
  downloads: v.exactOptional(v.pipe(count, v.maxValue(MAX_GUEST_DOWNLOADS))),
  password: v.exactOptional(v.string()),
  /** Where guests reach the gateway, when not where it listens. */
  address: v.exactOptional(v.string()),
});

const newDrop = v.object({
  groupId: v.string(),
  name: v.string(),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

const pageCalls = {
  place: pageCall(v.object({}), async (_engine, _params, { version, folder }) => ({
    version,
    folder,
  })),
  /** A link as people send it, with the rows of its QR code, in which true is dark. */
  invite: pageCall(newInvite, async (engine, { address, ...request }) => {
    // Before there is a link that nobody would see.
    const told = address === undefined ? undefined : parseTracker(address);
    const { expiresAtMs, ...invite } = await engine.createInvite(request);
    const tracker = told ?? invite.tracker;
    const link = formatInviteLink({ ...invite, tracker });
    const { qrCells } = await import('../terminal/qr-code.js');
    return { link, expiresAtMs, qr: qrCells(link) };
  }),
  /** A link for guests, which nobody is told again, with its QR code. */
  guestLink: pageCall(newGuestLink, async (engine, { address, ...request }) => {
    const told = address === undefined ? undefined : parseAddress(address);
    const fileName = checkName('file', request.fileName);
    const made = await engine.createGuestLink({ ...request, fileName });
    const { gateway, secret } = made;
    const at = told ?? gateway;
    const link = formatGuestLink(at, secret, made.link);
    const { qrCells } = await import('../terminal/qr-code.js');
    const { fingerprint } = gateway;
    return {
      ...{ link, expiresAtMs: made.link.expiresAtMs, qr: qrCells(link) },
      isOfThisMachine: isThisMachine(at.host),
      ...(fingerprint !== undefined && { fingerprint }),
    };
  }),
  join: pageCall(v.object({ link: v.string() }), async (engine, { link }) => {
    const invite = parseInviteLink(link);
    const joined = await engine.joinByInvite({ ...invite, userIds: ownNames() });
    return { groupId: invite.groupId, ...joined };
  }),
  /** Whether a file of so many bytes may be brought: a browser hears no refusal while it still sends. */
  mayDrop: pageCall(newDrop, async (engine, { groupId, name, size }, { spool }) => {
    checkName('file', name);
    await requireMayDrop(engine, spool, { groupId, size });
  }),
  /** What a file waits for, in words. */
  why: pageCall(v.object({ groupId: v.string(), fileName: v.string() }), async (...asked) => {
    const [engine, { groupId, fileName }, , signal] = asked;
    const { whyOfFiles } = await import('../commands/why-of-file.js');
    const { whyLine } = await import('../terminal/why-lines.js');
    const { why } = await (await whyOfFiles({ engine, signal }, groupId, [fileName]))(fileName);
    const { saidOfFile } = await import('../commands/said-of-file.js');
    return { line: whyLine(why, saidOfFile('one-shot', groupId, fileName)) };
  }),
} as const;

/** Carries one out. @throws TrackerError BAD_REQUEST; what the engine rejects with */
export async function callPage(
  engine: EngineApi,
  name: string,
  params: unknown,
  place: WebSurroundings,
  signal: AbortSignal,
): Promise<unknown> {
  if (!Object.hasOwn(pageCalls, name)) {
    throw new TrackerError('BAD_REQUEST', 'the page asked for something that this version has not');
  }
  const { params: schema, run } = pageCalls[name as keyof typeof pageCalls] as PageCall<unknown>;
  const parsed = v.safeParse(schema, params);
  if (!parsed.success) throw new TrackerError('BAD_REQUEST', `what "${name}" takes is missing`);
  return run(engine, parsed.output, place, signal);
}
