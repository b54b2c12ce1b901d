/**
 * The letters by which members of a group find each other in one network: who has these contents
 * (`ask`, to everybody there), and I have them (`have`, to who asked). Each is sealed with the LAN key
 * of the group, so that nobody else reads it or knows two of them for letters of the same group or
 * device; inside, the device that wrote it has signed it. Byte layout: docs/protocol.md, "LAN". Pure.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import {
  deviceIdOfPublicKey,
  publicKeyOfCredentials,
  type DeviceCredentials,
} from '../../net/device-identity.js';
import { bug } from '../../net/errors.js';
import { MAX_LAN_FILES_PER_LETTER, MAX_LAN_LETTER_BYTES } from '../../net/limits.js';
import { checkName } from '../../net/names.js';

/** A content that the writer has, all of it or some. */
export interface LanFile {
  readonly fileId: string;
  readonly isComplete: boolean;
}

export type LanLetter =
  | { readonly kind: 'ask'; readonly fileIds: readonly string[] }
  | {
      readonly kind: 'have';
      /** Where it serves, at the address from which the letter comes. */
      readonly port: number;
      readonly userId: string;
      readonly files: readonly LanFile[];
    };

/** A letter with what its writer has signed beside it. */
export interface OpenedLetter {
  readonly letter: LanLetter;
  readonly deviceId: string;
  /** When it was written, on the tracker's clock. */
  readonly atMs: number;
  /** No two letters have the same. */
  readonly nonce: string;
}

/**
 * Why bytes are no letter: `foreign` is of no group whose key was tried, `malformed` was sealed by a member
 * who writes something else, `unsigned` is not signed by the device that it names.
 */
export type LetterFlaw = 'foreign' | 'malformed' | 'unsigned';

const MAGIC = Buffer.from('p2pL\x01', 'latin1');
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = MAGIC.length + NONCE_BYTES;
const SIGNATURE_BYTES = 64;
const POINT_BYTES = 65;
const ID_BYTES = 32;
/** Kind, time, public key. */
const BODY_HEAD_BYTES = 1 + 8 + POINT_BYTES;
const CONTEXT = Buffer.from('p2p lan letter v1\0');
/** What stands before the point of a P-256 key in SPKI, DER. */
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
const KINDS = { ask: 1, have: 2 } as const;

/** A device that writes letters. */
export interface LetterWriter {
  readonly point: Buffer;
  readonly key: KeyObject;
}

/** Reads the key once, because that takes longer than to sign. */
export function letterWriterOf(credentials: DeviceCredentials): LetterWriter {
  const spki = publicKeyOfCredentials(credentials);
  const point = spki.subarray(SPKI_HEAD.length);
  if (point.length !== POINT_BYTES) bug('a device key that is not of P-256');
  return { point, key: createPrivateKey(credentials.keyPem) };
}

/** True for bytes that may be a letter; asked before anything is worked out. */
export function isLetterLike(bytes: Uint8Array): boolean {
  const least = HEAD_BYTES + BODY_HEAD_BYTES + 1 + SIGNATURE_BYTES + TAG_BYTES;
  if (bytes.length < least || bytes.length > MAX_LAN_LETTER_BYTES) return false;
  return MAGIC.every((byte, at) => bytes[at] === byte);
}

/** The nonce of bytes that are like a letter. */
export function nonceOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(MAGIC.length, HEAD_BYTES)).toString('latin1');
}

/** Writes a letter to the members of a group. */
export function sealLetter(
  letter: LanLetter,
  { groupKey, writer, nowMs }: { groupKey: Buffer; writer: LetterWriter; nowMs: number },
): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const body = bodyOf(letter, writer.point, nowMs);
  const signature = sign('sha256', signedBytes(groupKey, nonce, body), {
    key: writer.key,
    dsaEncoding: 'ieee-p1363',
  });
  const cipher = createCipheriv('aes-256-gcm', groupKey, nonce);
  cipher.setAAD(MAGIC);
  const sealed = Buffer.concat([cipher.update(body), cipher.update(signature), cipher.final()]);
  return Buffer.concat([MAGIC, nonce, sealed, cipher.getAuthTag()]);
}

/** Opens what is like a letter with the key of one group. */
export function openLetter(bytes: Uint8Array, groupKey: Buffer): OpenedLetter | LetterFlaw {
  if (!isLetterLike(bytes)) return 'foreign';
  const nonce = Buffer.from(bytes.subarray(MAGIC.length, HEAD_BYTES));
  const plain = unseal(bytes, nonce, groupKey);
  if (!plain) return 'foreign';
  const body = plain.subarray(0, plain.length - SIGNATURE_BYTES);
  const signature = plain.subarray(plain.length - SIGNATURE_BYTES);
  const letter = letterIn(body);
  if (!letter) return 'malformed';
  const spki = Buffer.concat([SPKI_HEAD, body.subarray(9, BODY_HEAD_BYTES)]);
  if (!isSigned(spki, signedBytes(groupKey, nonce, body), signature)) return 'unsigned';
  return {
    letter,
    deviceId: deviceIdOfPublicKey(spki),
    atMs: Number(body.readBigUInt64BE(1)),
    nonce: nonce.toString('latin1'),
  };
}

function unseal(bytes: Uint8Array, nonce: Buffer, groupKey: Buffer): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', groupKey, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(MAGIC);
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const plain = decipher.update(bytes.subarray(HEAD_BYTES, bytes.length - TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    // That is how it says that the key is another one.
    return undefined;
  }
}

/** The key's group goes along, so that no member of two groups can carry a letter from one to the other. */
function signedBytes(groupKey: Buffer, nonce: Buffer, body: Buffer): Buffer {
  const group = createHash('sha256').update(groupKey).digest();
  return Buffer.concat([CONTEXT, group, nonce, body]);
}

function isSigned(spki: Buffer, bytes: Buffer, signature: Buffer): boolean {
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    // The point is on no curve.
    return false;
  }
}

function bodyOf(letter: LanLetter, point: Buffer, nowMs: number): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt8(KINDS[letter.kind], 0);
  head.writeBigUInt64BE(BigInt(Math.max(0, Math.round(nowMs))), 1);
  return Buffer.concat([head, point, ...partsOf(letter)]);
}

function partsOf(letter: LanLetter): Buffer[] {
  const count = letter.kind === 'ask' ? letter.fileIds.length : letter.files.length;
  if (count < 1 || count > MAX_LAN_FILES_PER_LETTER) bug(`a letter about ${count} files`);
  if (letter.kind === 'ask') {
    return [Buffer.of(count), ...letter.fileIds.map((id) => Buffer.from(id, 'hex'))];
  }
  const port = Buffer.alloc(2);
  port.writeUInt16BE(letter.port);
  const user = Buffer.from(letter.userId);
  const files = letter.files.flatMap(({ fileId, isComplete }) => [
    Buffer.from(fileId, 'hex'),
    Buffer.of(isComplete ? 1 : 0),
  ]);
  return [port, Buffer.of(user.length), user, Buffer.of(count), ...files];
}

function letterIn(body: Buffer): LanLetter | undefined {
  const rest = body.subarray(BODY_HEAD_BYTES);
  if (!Number.isSafeInteger(Number(body.readBigUInt64BE(1)))) return undefined;
  if (body[0] === KINDS.ask) {
    const ids = itemsIn(rest, ID_BYTES);
    return ids && { kind: 'ask', fileIds: ids.map((id) => id.toString('hex')) };
  }
  return body[0] === KINDS.have ? haveIn(rest) : undefined;
}

function haveIn(bytes: Buffer): LanLetter | undefined {
  if (bytes.length < 4) return undefined;
  const port = bytes.readUInt16BE(0);
  const userEnd = 3 + bytes[2]!;
  const userId = userIn(bytes.subarray(3, userEnd));
  const items = itemsIn(bytes.subarray(userEnd), ID_BYTES + 1);
  if (port === 0 || userId === undefined || !items) return undefined;
  if (items.some((item) => item[ID_BYTES]! > 1)) return undefined;
  const files = items.map((item) => ({
    fileId: item.toString('hex', 0, ID_BYTES),
    isComplete: item[ID_BYTES] === 1,
  }));
  return { kind: 'have', port, userId, files };
}

/** A count and so many items, and nothing else. */
function itemsIn(bytes: Buffer, itemBytes: number): Buffer[] | undefined {
  const [count = 0] = bytes;
  if (count < 1 || count > MAX_LAN_FILES_PER_LETTER) return undefined;
  if (bytes.length !== 1 + count * itemBytes) return undefined;
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(1 + index * itemBytes, 1 + (index + 1) * itemBytes),
  );
}

function userIn(bytes: Buffer): string | undefined {
  const text = bytes.toString();
  try {
    return Buffer.from(text).equals(bytes) ? checkName('user', text) : undefined;
  } catch {
    return undefined;
  }
}
