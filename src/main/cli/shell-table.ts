/** The commands of the interactive client alone. */
import type { EngineDefinition, ShellDefinition } from './command.js';

const common = { args: [], options: [], forms: 'shell' } as const;

export const shellCommands = [
  {
    ...common,
    args: [{ name: 'command', kind: 'optional', summary: 'the command to explain' }],
    verb: 'help',
    seedNames: ['help'],
    summary: 'list all commands, or explain one',
    needs: 'engine',
  },
  {
    ...common,
    verb: 'clear',
    seedNames: ['clear'],
    summary: 'clear the screen',
    needs: 'shell',
  },
  {
    ...common,
    verb: 'quit',
    seedNames: ['quit', 'exit'],
    summary: 'save running downloads and leave',
    needs: 'shell',
  },
] as const satisfies readonly (EngineDefinition | ShellDefinition)[];
