/**
 * The remembered one-shot login of a home: one small JSON file, 0600, replaced as a whole.
 * It holds a session token, never a password.
 */
import { readFile, rm } from 'node:fs/promises';
import * as v from 'valibot';
import { TrackerError, toStorageError } from '../../net/errors.js';
import { stateFileAt } from '../../net/state-file.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { Home } from './home.js';
import { writeFileAtomic, writeFileIfWanted } from './write-file-atomic.js';

const SESSION_FILE_MODE = 0o600;

/** What is needed to be logged in again without a password. */
export interface RememberedSession {
  /** Where the tracker was reached last. */
  readonly tracker: PeerAddress;
  /** Its addresses as the user said them, by preference. @default that one */
  readonly said?: readonly PeerAddress[];
  /** Those that it told of itself. @default none */
  readonly learnt?: readonly PeerAddress[];
  readonly userId: string;
  /** The tracker's identity: with the user it names the account. */
  readonly trackerId: string;
  readonly token: string;
}

const address = v.object({
  host: v.pipe(v.string(), v.nonEmpty()),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
});
const addresses = v.pipe(v.array(address), v.minLength(1));
const rememberedSession = v.object({
  tracker: address,
  said: v.exactOptional(addresses),
  learnt: v.exactOptional(addresses),
  userId: v.pipe(v.string(), v.nonEmpty()),
  trackerId: v.pipe(v.string(), v.nonEmpty()),
  token: v.pipe(v.string(), v.nonEmpty()),
});

/**
 * The remembered login, or undefined when there is none.
 * @throws TrackerError NOT_LOGGED_IN when the file is damaged
 */
export async function readSession(
  home: Pick<Home, 'sessionPath'>,
): Promise<RememberedSession | undefined> {
  await stateFileAt(home.sessionPath, 'the remembered login', 'read');
  let text: string;
  try {
    text = await readFile(home.sessionPath, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(error, `cannot read the remembered login ${home.sessionPath}`, 'read');
  }
  const parsed = v.safeParse(rememberedSession, parseJson(text));
  if (parsed.success) return parsed.output;
  throw new TrackerError(
    'NOT_LOGGED_IN',
    `the remembered login ${home.sessionPath} is damaged; log in again with \`login\``,
  );
}

/** Remembers a login in place of the one before. */
export async function writeSession(home: Home, session: RememberedSession): Promise<void> {
  await writeFileAtomic(home.sessionPath, sessionText(session), SESSION_FILE_MODE);
}

/** Remembers more of a login, unless another process has ended or replaced it. */
export async function updateSession(home: Home, session: RememberedSession): Promise<void> {
  await writeFileIfWanted(
    home.sessionPath,
    sessionText(session),
    { mode: SESSION_FILE_MODE },
    async () => (await readSession(home))?.token === session.token,
  );
}

function sessionText(session: RememberedSession): string {
  const { tracker, said = [], learnt = [], userId, trackerId, token } = session;
  const kept = {
    tracker: bare(tracker),
    // Who knows of one address alone is told of no list.
    ...(said.length > 0 && { said: said.map(bare) }),
    ...(learnt.length > 0 && { learnt: learnt.map(bare) }),
    userId,
    trackerId,
    token,
  };
  return `${JSON.stringify(kept)}\n`;
}

function bare({ host, port }: PeerAddress): PeerAddress {
  return { host, port };
}

/** Forgets the login; nothing happens when there is none. */
export async function clearSession(home: Home): Promise<void> {
  try {
    await rm(home.sessionPath, { force: true });
  } catch (error) {
    throw toStorageError(error, `cannot remove the remembered login ${home.sessionPath}`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses undefined.
    return undefined;
  }
}
