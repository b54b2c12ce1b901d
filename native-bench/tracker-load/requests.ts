/**
 * What a client under load asks next: texts of JSON-RPC, put together from what is there already. Pure;
 * randomness is handed in.
 */
import { FILES_PER_GROUP, offeredAt, type LoadDevice, type LoadFile } from './world.js';

/** What is asked in a closed loop. */
export type LoadKind =
  'announce' | 'repeat' | 'mix' | 'watch' | 'ticket' | 'describe' | 'list' | 'share';

/** The measured mix, in percent. */
const MIX = [
  ['announce', 35],
  ['watch', 15],
  ['unwatch', 15],
  ['describe', 15],
  ['list', 5],
  ['ticket', 15],
] as const;
const DESCRIBED = 4;

type Asked = (typeof MIX)[number][0];

export class Requests {
  readonly #groupId: string;
  readonly #files: readonly LoadFile[];
  readonly #offered: readonly number[];
  readonly #random: () => number;
  /** By place in `#offered`: what was announced last. */
  readonly #isPartial: boolean[];
  readonly #share: string;
  #count = 0;
  #watched = 0;

  constructor(device: LoadDevice, files: readonly LoadFile[], random: () => number, run = 0) {
    this.#groupId = device.groupId;
    this.#files = files;
    this.#offered = offeredAt(device.place);
    this.#isPartial = this.#offered.map(() => false);
    this.#random = random;
    this.#share = `run ${run} of ${device.userId}`;
  }

  /** Announces all that the device offers. */
  announceAll(): string {
    const files = this.#offered.map((index) => this.#announced(index, 'complete'));
    return this.#request('announce', `{"files":[${files.join(',')}]}`);
  }

  next(kind: LoadKind): string {
    switch (kind) {
      case 'mix':
        return this.#ask(this.#drawn());
      case 'repeat':
        return this.#announce(false);
      case 'share': {
        const { fileId, description } = this.#files[0]!;
        const name = `${this.#share} ${this.#count}`;
        const file = `"name":"${name}","fileId":"${fileId}","description":"${description}"`;
        return this.#request('shareFile', `{"groupId":"${this.#groupId}",${file}}`);
      }
      default:
        return this.#ask(kind);
    }
  }

  /** One file of the group, by its place among the files. */
  aboutFile(method: 'watch' | 'unwatch', index: number): string {
    return this.#request(method, `{${this.#content(index)}}`);
  }

  announceOne(index: number): string {
    return this.#request('announce', `{"files":[${this.#announced(index, 'complete')}]}`);
  }

  goOnline(host: string): string {
    return this.#request('goOnline', `{"addresses":[{"host":"${host}","port":1}]}`);
  }

  resume(token: string): string {
    return this.#request('resume', `{"token":"${token}","calls":true}`);
  }

  inGroup(method: 'createGroup' | 'leaveGroup' | 'ticket'): string {
    return this.#request(method, `{"groupId":"${this.#groupId}"}`);
  }

  #ask(what: Asked): string {
    switch (what) {
      case 'announce':
        return this.#announce(true);
      case 'watch':
        this.#watched = this.#anyFile();
        return this.aboutFile('watch', this.#watched);
      case 'unwatch':
        return this.aboutFile('unwatch', this.#watched);
      case 'describe': {
        const first = this.#anyFile();
        const names = Array.from(
          { length: DESCRIBED },
          (_, n) => `"${this.#files[(first + n) % FILES_PER_GROUP]!.name}"`,
        );
        const params = `{"groupId":"${this.#groupId}","names":[${names.join(',')}],"wantPeers":true}`;
        return this.#request('describeFiles', params);
      }
      case 'list':
        return this.#request('listFiles', `{"groupId":"${this.#groupId}"}`);
      case 'ticket':
        return this.inGroup('ticket');
    }
  }

  #announce(isChange: boolean): string {
    const at = Math.floor(this.#random() * this.#offered.length);
    if (isChange) this.#isPartial[at] = !this.#isPartial[at];
    const state = this.#isPartial[at] ? 'partial' : 'complete';
    return this.#request('announce', `{"files":[${this.#announced(this.#offered[at]!, state)}]}`);
  }

  #drawn(): Asked {
    let left = this.#random() * 100;
    for (const [what, percent] of MIX) {
      left -= percent;
      if (left < 0) return what;
    }
    return 'announce';
  }

  #anyFile(): number {
    return Math.floor(this.#random() * FILES_PER_GROUP);
  }

  #content(index: number): string {
    return `"groupId":"${this.#groupId}","fileId":"${this.#files[index]!.fileId}"`;
  }

  #announced(index: number, state: string): string {
    return `{${this.#content(index)},"state":"${state}"}`;
  }

  #request(method: string, params: string): string {
    return `{"jsonrpc":"2.0","id":${++this.#count},"method":"${method}","params":${params}}`;
  }
}
