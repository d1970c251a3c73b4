import { ArgumentScannerError, formatMessageForArgumentScannerError } from '@stricli/core';
import { messageOf } from '../model/thrown.ts';
import { UsageError } from './flags.ts';

/** What a person is told whose command line is not understood. */
export function describeWrongArguments(cause: unknown): string {
  if (!(cause instanceof ArgumentScannerError)) return told(messageOf(cause));
  const message = formatMessageForArgumentScannerError(cause, {
    FlagNotFoundError: ({ input, corrections }) =>
      `there is no flag --${input}${suggestion(corrections.map((flag) => `--${kebab(flag)}`))}`,
    AliasNotFoundError: ({ input }) => `there is no flag -${input}`,
    ArgumentParseError: ({ externalFlagNameOrPlaceholder, input, exception }) => {
      const flag = `--${kebab(externalFlagNameOrPlaceholder)}`;
      if (exception instanceof UsageError) return `${flag}: ${exception.message}`;
      return `${flag}: "${input}" is not understood`;
    },
    EnumValidationError: ({ externalFlagName, input, values }) =>
      `--${kebab(externalFlagName)}: "${input}" is not ${listOf(values)}`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${kebab(externalFlagName)} needs a value`,
    UnexpectedFlagError: ({ externalFlagName, previousInput, input }) =>
      `--${kebab(externalFlagName)} is given twice, as "${previousInput}" and as "${input}"`,
    UnexpectedPositionalError: ({ input }) => `"${input}" is one argument too many`,
    UnsatisfiedPositionalError: ({ placeholder }) => `name at least one ${placeholder}`,
  });
  return told(message);
}

/** What a person is told whose command, or flag of no command, does not exist. Corrections come in quotes. */
export function describeUnknownCommand(input: string, corrections: readonly string[]): string {
  if (input.startsWith('-')) return told(`there is no flag ${input}`);
  return told(`there is no command "${input}"${suggestion(corrections)}`);
}

const told = (message: string): string => `farside: ${message}\n  --help lists what there is`;

const suggestion = (corrections: readonly string[]): string =>
  corrections.length === 0 ? '' : `, did you mean ${listOf(corrections)}?`;

const listOf = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;

/** Flags are camel case in the code and kebab case for people. */
const kebab = (flag: string): string => flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
