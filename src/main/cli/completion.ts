/**
 * Completion of the one-shot form in bash, zsh and fish: the script that the shell loads, and the
 * words that it asks for with `p2p --get-completions WORD...`. Pure.
 */
import {
  commandsOf,
  findCommand,
  namesOf,
  oneShotOptionsOf,
  withoutDoubledName,
  type CommandDefinition,
} from './command-table.js';
import type { ArgumentDefinition, OptionDefinition } from './command.js';
import { ExitStatus } from '../../net/errors.js';
import { commonOptionsOf } from './common-options.js';
import { settingDefinitions } from './setting-table.js';
import { splitShellWords } from '../terminal/shell-words.js';

/**
 * The hidden first argument with which the scripts ask for words. The status of the answer is that of what is not found
 * where none is known and only a name can stand: there the shell offers no files in its place.
 */
export const COMPLETION_REQUEST = '--get-completions';

const bashScript = `# bash completion of p2p; load it with: source <(p2p completion bash)
_p2p() {
  local word found typed="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  found="$(p2p ${COMPLETION_REQUEST} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
  # A file of this folder is no answer where only a name can stand.
  [[ $? != ${ExitStatus.notFound} ]] || compopt +o default 2>/dev/null
  while IFS= read -r word; do
    [[ -n "$word" ]] || continue
    # Within quotes a name stands as it is.
    [[ "$typed" == [\\'\\"]* ]] || printf -v word '%q' "$word"
    COMPREPLY+=("$word")
  done <<<"$found"
}
complete -o default -F _p2p p2p
`;

const zshScript = `#compdef p2p
# zsh completion of p2p; load it with: source <(p2p completion zsh)
_p2p() {
  local -a found
  local answer code
  answer="$(p2p ${COMPLETION_REQUEST} "\${(@)words[2,CURRENT]}" 2>/dev/null)"
  code=$?
  found=("\${(@f)answer}")
  # A file of this folder is no answer where only a name can stand.
  if [[ -n "$found" ]]; then compadd -- $found; elif (( code != ${ExitStatus.notFound} )); then _files; fi
}
compdef _p2p p2p
`;

const fishScript = `# fish completion of p2p; load it with: p2p completion fish | source
function __p2p_words
  set -l found (p2p ${COMPLETION_REQUEST} (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
  # A file of this folder is no answer where only a name can stand.
  set -l code $status
  set found (string match -v '' -- $found)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else if test $code -ne ${ExitStatus.notFound}
    __fish_complete_path (commandline -ct)
  end
end
complete -c p2p -f -a '(__p2p_words)'
`;

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** The shells that have a script. */
export const completionShells = Object.keys(scripts);

/** The script for a shell; undefined when there is none. */
export function completionScript(shell: string): string | undefined {
  return Object.hasOwn(scripts, shell) ? scripts[shell as keyof typeof scripts] : undefined;
}

/**
 * The words of a request as they are meant: shells hand over what was typed, with its quotes, of which the last
 * may be open.
 */
export function meantWords(request: readonly string[]): string[] {
  return request.map((word) => {
    for (const end of ['', "'", '"']) {
      try {
        const [meant = '', ...further] = splitShellWords(word + end);
        // One word with blanks was unquoted already.
        return further.length === 0 ? meant : word;
      } catch {
        // A quote is open, or a backslash stands last.
      }
    }
    return word;
  });
}

/** The words that may stand where the last of those that were typed stands. */
export function completionsFor(typed: readonly string[]): string[] {
  const words = withoutDoubledName(typed);
  const last = words.at(-1) ?? '';
  if (words.length <= 1) {
    const names = [...commandsOf('one-shot').flatMap(namesOf), '--help', '--version'];
    return names.filter((name) => name.startsWith(last));
  }
  const command = findCommand(words[0]!);
  const choices = verbsAfterHelp(words) ?? (command && choicesFor(command, words));
  if (choices !== undefined) return choices.filter((choice) => choice.startsWith(last));
  if (command === undefined || !last.startsWith('-')) return [];
  const options = [...optionsOf(command).map(({ name }) => `--${name}`), '--help'];
  return options.filter((option) => option.startsWith(last));
}

/** All that may be said to it, its own before those of every command. */
function optionsOf(command: CommandDefinition): readonly OptionDefinition[] {
  return [...oneShotOptionsOf(command), ...commonOptionsOf(command)];
}

/** `p2p help WORD` knows the same words as `p2p WORD`. */
function verbsAfterHelp([first, ...rest]: readonly string[]): string[] | undefined {
  return first === 'help' && rest.length === 1
    ? commandsOf('one-shot').flatMap(namesOf)
    : undefined;
}

/** A name that only the tracker, or a client that runs, knows. */
export interface WantedName {
  readonly kind: 'group' | 'file' | 'asking-user' | 'member' | 'invite' | 'device';
  /** Empty for a group and a device. */
  readonly groupId: string;
  readonly begin: string;
}

/** Which name the last of `words` is to be, if it is one. */
export function wantedName(words: readonly string[]): WantedName | undefined {
  const command = findCommand(words[0] ?? '');
  const begin = words.at(-1) ?? '';
  if (command === undefined || begin.startsWith('-')) return undefined;
  const values = valuesAmong(command, words.slice(1, -1));
  const args = argumentsOf(command, words);
  const groupId = values[args.findIndex(({ name }) => name === 'group')];
  const option = optionBefore(command, words);
  if (option?.placeholder !== undefined) return nameOfOption(option, groupId, begin);
  if (command.needs !== 'engine') return undefined;
  // After the first word of a repeated argument more of it may follow, wherever it stands.
  const repeated = args.findIndex(({ isRepeated }) => isRepeated);
  const index = repeated !== -1 && values.length > repeated ? repeated : values.length;
  const argument = args[index];
  if (argument === undefined || argument.kind === 'path') return undefined;
  if (argument.name === 'group') return { kind: 'group', groupId: '', begin };
  if (groupId === undefined) return undefined;
  if (argument.name === 'file') return { kind: 'file', groupId, begin };
  if (argument.name !== 'user') return undefined;
  return { kind: usersFor(command), groupId, begin };
}

/** Whether the last of `words` can be nothing but a command or a name of the network, so that no local file may stand there. */
export function isOnlyName(words: readonly string[]): boolean {
  if (words.length <= 1) return true;
  if (wantedName(words) === undefined) return false;
  const command = findCommand(words[0] ?? '');
  if (command === undefined || optionBefore(command, words)?.placeholder !== undefined) return true;
  const values = valuesAmong(command, words.slice(1, -1));
  // After the files of a download, where they go.
  const args = argumentsOf(command, words);
  return !args.slice(0, values.length + 1).some(({ kind }) => kind === 'path');
}

/** Those that are typed here: no secrets, and none in whose place a switch stands. */
function argumentsOf(
  { args }: CommandDefinition,
  words: readonly string[],
): readonly ArgumentDefinition[] {
  return args.filter(
    ({ kind, omittedWith }) =>
      kind !== 'secret' && (omittedWith === undefined || !words.includes(`--${omittedWith}`)),
  );
}

/** The option whose value stands last, or begins to. */
function optionBefore(
  command: CommandDefinition,
  words: readonly string[],
): OptionDefinition | undefined {
  const before = words.at(-2) ?? '';
  return optionsOf(command).find(({ name }) => before === `--${name}`);
}

/** Nothing of an option that takes no name, or of a group that is not named yet. */
function nameOfOption(
  { names }: OptionDefinition,
  groupId: string | undefined,
  begin: string,
): WantedName | undefined {
  if (names === 'group' || names === 'device') return { kind: names, groupId: '', begin };
  if (names === undefined || groupId === undefined) return undefined;
  return { kind: names, groupId, begin };
}

/** Which users of a group a command takes. */
export function usersFor({ verb }: CommandDefinition): 'asking-user' | 'member' {
  return verb === 'accept' || verb === 'reject' ? 'asking-user' : 'member';
}

/** The arguments among the words, without options and their values. */
function valuesAmong(command: CommandDefinition, words: readonly string[]): string[] {
  const takesValue = (word: string | undefined): boolean =>
    optionsOf(command).some(
      ({ name, placeholder }) => placeholder !== undefined && word === `--${name}`,
    );
  return words.filter((word, index) => !word.startsWith('-') && !takesValue(words[index - 1]));
}

/** The keys of settings, and the values of those that have a few. */
function settingChoices([action, key, ...further]: readonly string[]): string[] | undefined {
  if (action === 'list') return undefined;
  if (key === undefined) return [...settingDefinitions.keys()];
  const option = settingDefinitions.get(key)?.option;
  if (action !== 'set' || option === undefined || further.length > 0) return undefined;
  return option.placeholder === undefined ? ['true', 'false'] : [...(option.choices ?? [])];
}

/** What may stand there, if the definition says it. */
function choicesFor(command: CommandDefinition, words: readonly string[]): string[] | undefined {
  const option = optionBefore(command, words);
  if (option?.choices !== undefined) return [...option.choices];
  // What any other option takes is no argument.
  if (option?.placeholder !== undefined) return undefined;
  const values = valuesAmong(command, words.slice(1, -1));
  if (command.verb === 'config' && values.length > 0) return settingChoices(values);
  const argument = command.args[values.length];
  if (argument?.choices !== undefined) return [...argument.choices];
  return command.verb === 'completion' && words.length === 2 ? [...completionShells] : undefined;
}
