/**
 * Wrong usage as the command line's library words it, in the words of every other error: what, then the mend,
 * and the command whose help tells more.
 */
import type { CommanderError } from 'commander';
import { TandemError } from '../base/errors.ts';

const SUGGESTION = /\n\((Did you mean [^\n]*)\)$/;
/** What is wrong, and what would be right; a value of the user's may have anything in it. */
const WITH_REASON = /^(.* is invalid(?: for argument '[^']*')?|too many arguments for '[^']*')\. (.+?)\.?$/s;

/** `command` as it is typed, `tandem run` for instance. */
export function usageError({ message }: CommanderError, command: string): TandemError {
  const text = message.replace(/^error: /, '');
  const suggestion = SUGGESTION.exec(text)?.[1];
  const bare = text.replace(SUGGESTION, '');
  const [, what = bare, reason] = WITH_REASON.exec(bare) ?? [];
  const known = [reason, suggestion].filter((words) => words !== undefined).map(uncapitalised);
  const help =
    command === 'tandem'
      ? 'tandem --help lists the commands, tandem COMMAND --help explains one'
      : `${command} --help explains it`;
  return new TandemError('USAGE', what, joined(known, help), 2);
}

const uncapitalised = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);

const joined = ([first]: readonly string[], help: string): string => {
  if (first === undefined) return help;
  return first.endsWith('?') ? `${first} ${help}` : `${first}; ${help}`;
};
