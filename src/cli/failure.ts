/** A command could not do its work, for a cause that a person can act on: exit code 1 and one line. */
export class CommandFailure extends Error {}
