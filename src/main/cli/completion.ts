/**
 * Completion of the one-shot form in bash, zsh and fish: the script that the shell loads, and the
 * words that it asks for with `p2p --get-completions WORD...`. Pure.
 */
import {
  commandsOf,
  findCommand,
  namesOf,
  oneShotOptionsOf,
  type CommandDefinition,
} from './command-table.js';

/** The hidden first argument with which the scripts ask for words. */
export const COMPLETION_REQUEST = '--get-completions';

const bashScript = `# bash completion of p2p; load it with: source <(p2p completion bash)
_p2p() {
  local words
  words=$(p2p ${COMPLETION_REQUEST} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _p2p p2p
`;

const zshScript = `#compdef p2p
# zsh completion of p2p; load it with: source <(p2p completion zsh)
_p2p() {
  local -a found
  found=("\${(@f)$(p2p ${COMPLETION_REQUEST} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -- $found; else _files; fi
}
compdef _p2p p2p
`;

const fishScript = `# fish completion of p2p; load it with: p2p completion fish | source
complete -c p2p -a '(p2p ${COMPLETION_REQUEST} (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`;

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** The shells that have a script. */
export const completionShells = Object.keys(scripts);

/** The script for a shell; undefined when there is none. */
export function completionScript(shell: string): string | undefined {
  return Object.hasOwn(scripts, shell) ? scripts[shell as keyof typeof scripts] : undefined;
}

/** The words that may stand where the last of `words` stands. */
export function completionsFor(words: readonly string[]): string[] {
  const last = words.at(-1) ?? '';
  if (words.length <= 1) {
    const names = [...commandsOf('one-shot').flatMap(namesOf), '--help', '--version'];
    return names.filter((name) => name.startsWith(last));
  }
  const command = findCommand(words[0]!);
  const choices = verbsAfterHelp(words) ?? (command && choicesFor(command, words));
  if (choices !== undefined) return choices.filter((choice) => choice.startsWith(last));
  if (command === undefined || !last.startsWith('-')) return [];
  const options = [
    ...oneShotOptionsOf(command).map(({ name }) => `--${name}`),
    '--help',
    '--debug',
  ];
  if (command.needs === 'engine') options.push('--json');
  return options.filter((option) => option.startsWith(last));
}

/** `p2p help WORD` knows the same words as `p2p WORD`. */
function verbsAfterHelp([first, ...rest]: readonly string[]): string[] | undefined {
  return first === 'help' && rest.length === 1
    ? commandsOf('one-shot').flatMap(namesOf)
    : undefined;
}

/** What may stand there, if the definition says it. */
function choicesFor(command: CommandDefinition, words: readonly string[]): string[] | undefined {
  const before = words.at(-2) ?? '';
  const option = command.options.find(({ name }) => before === `--${name}`);
  if (option?.choices !== undefined) return [...option.choices];
  return command.verb === 'completion' && words.length === 2 ? [...completionShells] : undefined;
}
