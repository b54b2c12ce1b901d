/**
 * Who is being let in: of one network by one link one after the other, so that each is judged by how the one before
 * came out. Owns who waits; whoever asks has a connection, of which there are so many.
 */
import { Turns } from '../../net/turns.js';

interface Line {
  readonly turns: Turns;
  count: number;
}

export class Admissions {
  readonly #lines = new Map<string, Line>();

  /** Does the work when it is its turn; answers, or fails, as that does. */
  async take<Answer>(id: string, network: string, work: () => Promise<Answer>): Promise<Answer> {
    const key = `${id} ${network}`;
    const line = this.#lines.get(key) ?? { turns: new Turns(1), count: 0 };
    this.#lines.set(key, line);
    line.count++;
    try {
      return await line.turns.take(work);
    } finally {
      line.count--;
      if (line.count === 0) this.#lines.delete(key);
    }
  }
}
