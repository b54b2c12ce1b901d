/**
 * Carries out one engine command by its definition, whoever asked for it (a one-shot process
 * or the interactive client) and whoever has the engine.
 */
import type { CommandContext, Given } from '../cli/command.js';
import type { EngineCommand } from '../cli/command-table.js';
import { explainRefusal } from './explain-refusal.js';
import { engineCode } from './engine-commands.js';
import { untilAborted } from '../../net/until-aborted.js';

/** Runs a command until it is done or its signal is aborted. */
export async function runCommand(
  command: EngineCommand,
  context: CommandContext,
  given: Given,
): Promise<void> {
  const { run } = await engineCode[command.verb]();
  try {
    const work = run(context, given);
    await (command.endsItself ? work : untilAborted(context.signal, work));
  } catch (error) {
    throw await explainRefusal(error, given, context);
  } finally {
    context.out.progress(undefined);
  }
}
