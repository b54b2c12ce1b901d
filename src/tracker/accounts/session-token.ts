/** Tokens that resume a login: 256 random bits, known to the client only; we keep a hash. */
import { createHash, randomBytes } from 'node:crypto';
import { SESSION_TOKEN_BITS } from '../../net/limits.js';

/** A fresh token, base64url. */
export function createToken(): string {
  return randomBytes(SESSION_TOKEN_BITS / 8).toString('base64url');
}

/** What is stored of a token; plain SHA-256, because the token itself is random enough. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
