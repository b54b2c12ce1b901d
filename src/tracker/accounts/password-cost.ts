/** What one guess of a password costs whoever has stolen the hashes, and each login the tracker. Pure. */

export interface PasswordCost {
  /** What Argon2 fills with each password. */
  readonly memoryKib: number;
  /** How often it goes over that. */
  readonly passes: number;
}

/** The parameters that OWASP names for 19 MiB. */
export const PASSWORD_COST: PasswordCost = { memoryKib: 19 * 1024, passes: 2 };

/** The hash of a password nobody has: checked for unknown users, so that they take as long. */
export function nobodysHash({ memoryKib, passes }: PasswordCost): string {
  const salt = 'cDJwLW5vYm9keS1zYWx0IQ';
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=1$${salt}$${'A'.repeat(43)}`;
}
