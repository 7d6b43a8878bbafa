/**
 * Errors that a user is meant to read.
 *
 * @module
 */

/** Something could not be done (exit code 1). The message reads "Cannot X: Y. Do Z". */
export class Failure extends Error {
  /** `message` says what failed, on what, why, and what to do next. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Failure";
  }
}

/** The command line makes no sense (exit code 2). */
export class UsageError extends Error {
  /** `message` names the argument and what would be right. */
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** Exit codes of every role. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** What an error says, in words for a person. */
export function describeError(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "address in use";
  if (error instanceof Deno.errors.AddrNotAvailable) return "this machine has no such address";
  if (error instanceof Deno.errors.ConnectionRefused) return "connection refused";
  if (error instanceof Deno.errors.NotFound) return "no such file or folder";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "permission denied";
  }
  if (error instanceof Error) return error.message.replace(/ \(os error \d+\)/, "");
  return String(error);
}
