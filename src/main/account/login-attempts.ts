/**
 * Logins that are being tried, each on a link of its own. Owns those links until the tracker has
 * said yes; after a no, or when everything is given up, they are closed.
 */
import type { TrackerMethods } from '../../net/tracker-api.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { TrackerLink } from '../tracker-link/tracker-link.js';
import { requireEncryption } from './session-terms.js';

type Login = TrackerMethods['login'];

export class LoginAttempts {
  readonly #required: 'tls' | undefined;
  readonly #links = new Set<Pick<TrackerLink, 'call' | 'close'>>();

  /** `required`: how peers have to talk at a tracker where one logs in. */
  constructor(required: 'tls' | undefined) {
    this.#required = required;
  }

  /**
   * Has somebody logged in over a link that nobody else uses yet; it is the caller's once this resolves.
   * @throws TrackerError when it is refused, or when peers talk otherwise there
   */
  async try(
    link: Pick<TrackerLink, 'call' | 'close'>,
    logIn: (calls: TrackerCalls) => Promise<Login['result']>,
  ): Promise<Login['result']> {
    this.#links.add(link);
    try {
      const answer = await logIn(link);
      await this.#checkTerms(link, answer);
      return answer;
    } catch (error) {
      await link.close();
      throw error;
    } finally {
      this.#links.delete(link);
    }
  }

  /** Gives up all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#links].map((link) => link.close()));
  }

  async #checkTerms(link: Pick<TrackerLink, 'call'>, answer: Login['result']): Promise<void> {
    try {
      requireEncryption(this.#required, answer);
    } catch (error) {
      await link.call('logout', {});
      throw error;
    }
  }
}
