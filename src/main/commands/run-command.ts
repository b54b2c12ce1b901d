/**
 * Carries out one engine command by its definition, whoever asked for it: a one-shot process,
 * the interactive client, or another process over the control socket.
 */
import { UsageError } from '../../net/errors.js';
import type { CommandContext, Given } from '../cli/command.js';
import { findCommand, type EngineCommand } from '../cli/command-table.js';
import { engineCode } from './engine-commands.js';
import { untilAborted } from '../terminal/signals.js';

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
  } finally {
    context.out.progress(undefined);
  }
}

/** The engine command of that name. @throws UsageError when there is none */
export function engineCommandNamed(verb: string): EngineCommand {
  const command = findCommand(verb);
  if (command?.needs === 'engine') return command;
  throw new UsageError(`the running client does not know "${verb}"; stop it and start it again`);
}
