/**
 * Completion of the one-shot form in bash and zsh: the script that the shell loads, and the
 * words that it asks for with `p2p --get-completions WORD...`. Pure.
 */
import { commandsOf, findCommand, namesOf, oneShotOptionsOf } from './command-table.js';

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

/** The script for a shell. */
export function completionScript(shell: 'bash' | 'zsh'): string {
  return shell === 'bash' ? bashScript : zshScript;
}

/** The words that may stand where the last of `words` stands. */
export function completionsFor(words: readonly string[]): string[] {
  const last = words.at(-1) ?? '';
  if (words.length <= 1) {
    const names = [...commandsOf('one-shot').flatMap(namesOf), '--help', '--version'];
    return names.filter((name) => name.startsWith(last));
  }
  const command = findCommand(words[0]!);
  if (command === undefined || !last.startsWith('-')) return [];
  const options = [
    ...oneShotOptionsOf(command).map(({ name }) => `--${name}`),
    '--help',
    '--debug',
  ];
  if (command.needs === 'engine') options.push('--json');
  return options.filter((option) => option.startsWith(last));
}
