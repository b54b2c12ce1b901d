/**
 * How a tracker tells a newcomer, before TLS has cost it anything, that too many come at once: the alert record with
 * which TLS ends a handshake for want of resources (RFC 8446, `internal_error`). Whoever is between could as well cut
 * the connection, so that it is not signed does no harm. Clients of before take it for a failed attempt, and come back.
 */

/** Alert, version, length; fatal, internal_error. */
export const BUSY_ALERT: Uint8Array = Uint8Array.of(21, 3, 3, 0, 2, 2, 80);

/** As Node names that alert at the other end. */
const CODE = 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR';

/** Whether an attempt to connect failed by that alert. */
export function isBusyAlert(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === CODE;
}
