/** `why`: what a file waits for, with each peer that matters, and what would help. */
import { checkName } from '../../net/names.js';
import { spoken } from '../cli/command-table.js';
import { argument, formOf, type CommandContext, type Given } from '../cli/command.js';
import { peerRecord } from '../terminal/peer-record.js';
import { whyLine, whyPeerLine } from '../terminal/why-lines.js';
import { fileWord } from './file-word.js';
import { whyOfFile } from './why-of-file.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out, signal } = context;
  const groupId = checkName('group', argument(given, 'group'));
  const fileName = fileWord(argument(given, 'file'));
  const { why, peers } = await whyOfFile(engine, { groupId, fileName }, signal);
  const say = (verb: Parameters<typeof spoken>[0]): string => spoken(verb, formOf(context));
  out.result({ groupId, fileName, ...why, peers: peers.map(peerRecord) }, [
    `${fileName}: ${whyLine(why, say)}`,
    ...peers.map(whyPeerLine),
  ]);
}
