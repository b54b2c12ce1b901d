/** A service of this machine: which command runs, as whom, and where its home is. Data, whatever manager runs it. */

export type ServiceVerb = 'serve' | 'tracker';

export interface Service {
  readonly verb: ServiceVerb;
  /** Of the manager of one user, or of the whole machine. */
  readonly scope: 'user' | 'system';
  /** The program and all its words; paths in it are absolute. */
  readonly command: readonly [string, ...string[]];
  /** Whose processes it are on the whole machine: a user, or one that is made for this service alone. */
  readonly runsAs: { readonly user: string } | 'own-user';
  /** The folder of the client's keys, absolute; of a user of its own it is the manager's to choose. */
  readonly homePath: string;
  /** It listens on a port that only root may take otherwise. */
  readonly hasLowPort: boolean;
}

/** The name by which the manager knows it. */
export function serviceName(verb: ServiceVerb): string {
  return `p2p-${verb}`;
}
