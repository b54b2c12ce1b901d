/**
 * What the user says others reach, as literals: names are looked up here, by the client that says them,
 * anew at each registration and side by side. So nobody else asks a name server for what a member
 * claims. Owns what each name meant last, for when no name server answers.
 */
import { lookup } from 'node:dns/promises';
import { isIPAddress } from '../../net/ip-address.js';
import { ANNOUNCED_LOOKUP_MS, MAX_ADDRESSES_PER_DEVICE } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';

/** The addresses of a name. @throws when there are none */
export type LookUp = (name: string) => Promise<readonly string[]>;

export class AnnouncedNames {
  readonly #announced: readonly PeerAddress[];
  readonly #lookUp: LookUp;
  readonly #timeoutMs: number;
  readonly #meant = new Map<string, readonly string[]>();

  constructor(
    announced: readonly PeerAddress[],
    lookUp: LookUp = lookUpBySystem,
    timeoutMs = ANNOUNCED_LOOKUP_MS,
  ) {
    this.#announced = announced;
    this.#lookUp = lookUp;
    this.#timeoutMs = timeoutMs;
  }

  /** The literals, in the order in which they were said; names that mean nothing are left out. */
  async resolve(): Promise<PeerAddress[]> {
    const found = await Promise.all(
      this.#announced.map(async ({ host, port }) =>
        (await this.#hostsOf(host)).map((literal) => ({ host: literal, port })),
      ),
    );
    return found.flat().slice(0, MAX_ADDRESSES_PER_DEVICE);
  }

  async #hostsOf(host: string): Promise<readonly string[]> {
    if (isIPAddress(host)) return [host];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.#timeoutMs);
    });
    // A name server that is away must not keep this client from going online.
    const asked = this.#lookUp(host).catch(() => undefined);
    const hosts = await Promise.race([asked, late]);
    clearTimeout(timer);
    if (hosts) this.#meant.set(host, hosts);
    return this.#meant.get(host) ?? [];
  }
}

async function lookUpBySystem(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}
