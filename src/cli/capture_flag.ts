/**
 * `--pcap FILE` and `--pcap-size SIZE`, which several roles take.
 *
 * @module
 */

import { SessionCapture } from "../capture/session_capture.ts";
import type { Arguments } from "./arguments.ts";
import { describeError, Failure } from "./failure.ts";

/**
 * Opens the capture that the flags ask for, replacing a file that is there; undefined without
 * `--pcap`. `onError` is told when it cannot grow any more.
 *
 * @throws {Failure} When the file cannot be created.
 */
export function openCapture(
  args: Arguments,
  onError: (message: string) => void,
): SessionCapture | undefined {
  const path = args.text("pcap");
  if (path === undefined) return undefined;
  const maxBytes = args.size("pcap-size");
  try {
    return new SessionCapture(path, {
      force: true,
      ...(maxBytes === undefined ? undefined : { maxBytes }),
      onError: (error) => onError(`Cannot write ${path}: ${describeError(error)}`),
    });
  } catch (error) {
    throw new Failure(`Cannot write ${path}: ${describeError(error)}. Choose another with --pcap`, {
      cause: error,
    });
  }
}
