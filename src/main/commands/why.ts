/** `why`: what files wait for, with each peer that matters, and what would help. */
import { checkName } from '../../net/names.js';
import type { FileRow } from '../../net/tracker-api.js';
import { spoken } from '../cli/command-table.js';
import { argument, formOf, type CommandContext, type Given } from '../cli/command.js';
import { isTrackerAway } from '../tracker-link/tracker-away.js';
import { whyLine, whyPeerLine } from '../terminal/why-lines.js';
import { noFile } from './file-choice.js';
import { peerRecord } from '../terminal/peer-record.js';
import { lookTwice } from './look-twice.js';
import { downloadNames } from './named-downloads.js';
import { forNames, meantNames } from './named-files.js';
import { causeOf, isUnderWay } from './why-cause.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const groupId = checkName('group', argument(given, 'group'));
  const rows = new GroupRows(context, groupId);
  const meant = await meantNames(given, () => allNames(context, groupId, rows));
  const looks = await lookTwice(context, groupId, meant.names);
  const status = await engine.status();
  const shares = new Map((await engine.shares(groupId)).map((one) => [one.fileName, one]));
  const isLoggedIn = status.userId !== undefined;
  const { results, failures, error } = await forNames(context, meant, {
    verb: 'found',
    none: (pattern) => noFile(pattern, [], groupId),
    work: async (fileName) => {
      const { download, peers } = looks.get(fileName)!;
      const share = shares.get(fileName);
      const isMoving = download !== undefined && isUnderWay(download) && peers.length > 0;
      const known = isMoving || !isLoggedIn ? undefined : await rows.all();
      const row = known?.find(({ name }) => name === fileName);
      if (known && !row && !download && !share) throw noFile(fileName, known, groupId);
      return { fileName, peers, why: causeOf({ status, download, share, row }) };
    },
  });
  const files = results.map(({ fileName, why, peers }) => {
    return { fileName, ...why, peers: peers.map(peerRecord) };
  });
  const say = (verb: Parameters<typeof spoken>[0]): string => spoken(verb, formOf(context));
  out.result(
    { groupId, ...files[0], files, failures },
    results.flatMap(({ fileName, why, peers }) => [
      `${fileName}: ${whyLine(why, say)}`,
      ...peers.map(whyPeerLine),
    ]),
  );
  if (error) throw error;
}

/** The files of a group, asked for once and only where they are needed. */
class GroupRows {
  readonly #context: Pick<CommandContext, 'engine'>;
  readonly #groupId: string;
  #rows: Promise<readonly FileRow[] | undefined> | undefined;

  constructor(context: Pick<CommandContext, 'engine'>, groupId: string) {
    this.#context = context;
    this.#groupId = groupId;
  }

  /** Undefined when nobody can be asked. */
  all(): Promise<readonly FileRow[] | undefined> {
    this.#rows ??= this.#ask();
    return this.#rows;
  }

  async #ask(): Promise<readonly FileRow[] | undefined> {
    try {
      return await this.#context.engine.listFiles(this.#groupId);
    } catch (error) {
      if (isTrackerAway(error)) return undefined;
      throw error;
    }
  }
}

/** Whatever a pattern may mean: files of the group, as far as they can be asked for, and what is known here. */
async function allNames(
  context: CommandContext,
  groupId: string,
  rows: GroupRows,
): Promise<string[]> {
  const { engine } = context;
  const isLoggedIn = (await engine.status()).userId !== undefined;
  const ofGroup = isLoggedIn ? ((await rows.all()) ?? []) : [];
  const shares = await engine.shares(groupId);
  return [
    ...ofGroup.map(({ name }) => name),
    ...shares.map(({ fileName }) => fileName),
    ...(await downloadNames(context, groupId)),
  ];
}
