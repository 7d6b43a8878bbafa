/**
 * The end of a recording: what is printed, what is written, which exit code.
 *
 * @module
 */

import { describeError, EXIT } from "../cli/failure.ts";
import { print, printError } from "../cli/terminal.ts";
import { replaceFile } from "../media/replace_file.ts";
import { encodeText } from "../bytes/text.ts";
import type { RecordOptions } from "./options.ts";
import { makeParent } from "./parent_folder.ts";
import type { RecordingSummary } from "./recorder.ts";
import { type RecordingContext, reportLines, reportObject } from "./report.ts";
import type { Ending } from "./run.ts";

/** Says what was recorded and gives the exit code. */
export function conclude(
  options: RecordOptions,
  parts: readonly RecordingSummary[],
  context: Omit<RecordingContext, "ended">,
  ending: Ending,
): number {
  const full = { ...context, ended: ending.why };
  const report = reportObject(parts, full);
  let code: number = ending.kind === "failed"
    ? EXIT.failed
    : ending.kind === "interrupted"
    ? EXIT.interrupted
    : EXIT.done;
  if (options.report !== undefined) {
    try {
      makeParent(options.report);
      replaceFile(options.report, encodeText(`${JSON.stringify(report, undefined, 2)}\n`));
    } catch (error) {
      printError(`reel: Cannot write ${options.report}: ${describeError(error)}`);
      code = code === EXIT.done ? EXIT.failed : code;
    }
  }
  if (options.json) print(JSON.stringify(report));
  else for (const line of reportLines(parts, full)) print(line);
  const saved = parts.some(({ files }) => files.length > 0) || context.captures.length > 0;
  if (ending.kind === "failed") {
    printError(`reel: ${ending.why}${saved ? ". What was recorded before is whole" : ""}`);
  } else if (!options.json) {
    print(`Ended: ${ending.why}.${saved ? "" : " Nothing was written."}`);
  }
  return code;
}
