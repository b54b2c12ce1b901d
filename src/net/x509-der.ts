/**
 * Just enough DER (ITU-T X.690) to write one self-signed X.509 v3 certificate (RFC 5280) for
 * an ECDSA P-256 key, which node:crypto can read but not make. It names nobody: what counts
 * is the key inside, which the other side pins.
 */
import { randomBytes, sign, type KeyObject } from 'node:crypto';

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
/** [0] and [3], explicit: version and extensions of a certificate. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

/** 1.2.840.10045.4.3.2, 2.5.4.3 and 2.5.29.19. */
const ECDSA_WITH_SHA256 = tlv(SEQUENCE, tlv(OBJECT_ID, Buffer.from('2a8648ce3d040302', 'hex')));
const COMMON_NAME = tlv(OBJECT_ID, Buffer.from('550403', 'hex'));
const BASIC_CONSTRAINTS = tlv(OBJECT_ID, Buffer.from('551d13', 'hex'));

/** The DER bytes of a self-signed certificate for a P-256 key. */
export function selfSignedCertificate(
  commonName: string,
  publicKey: KeyObject,
  privateKey: KeyObject,
): Buffer {
  const serial = randomBytes(16);
  // A positive integer without leading zero bytes.
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const name = tlv(SEQUENCE, tlv(SET, tlv(SEQUENCE, COMMON_NAME, text(UTF8_STRING, commonName))));
  // It never expires (RFC 5280, 4.1.2.5): trust ends by pin and ticket, not by a device's clock.
  const validity = tlv(
    SEQUENCE,
    text(UTC_TIME, '200101000000Z'),
    text(GENERALIZED_TIME, '99991231235959Z'),
  );
  const notAuthority = tlv(SEQUENCE, BASIC_CONSTRAINTS, tlv(OCTET_STRING, tlv(SEQUENCE)));
  const body = tlv(
    SEQUENCE,
    tlv(VERSION, tlv(INTEGER, Buffer.of(2))),
    tlv(INTEGER, serial),
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(EXTENSIONS, tlv(SEQUENCE, notAuthority)),
  );
  const signature = sign('sha256', body, privateKey);
  return tlv(SEQUENCE, body, ECDSA_WITH_SHA256, tlv(BIT_STRING, Buffer.of(0), signature));
}

/** One tag-length-value element around its parts; the length in its shortest form. */
function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  if (value.length < 0x80) return Buffer.concat([Buffer.of(tag, value.length), value]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  const digits = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length), digits, value]);
}

function text(tag: number, value: string): Buffer {
  return tlv(tag, Buffer.from(value));
}
