/**
 * What comes of a stream's end, its failure, or its being late.
 *
 * @module
 */

import type { ServerContext } from "./context.ts";
import type { ServedSession } from "./session.ts";
import type { TrackStreamInit } from "./track_stream.ts";

/** Tells the session and the operator about one of its streams. */
export function streamEvents(
  context: ServerContext,
  session: ServedSession,
): Pick<TrackStreamInit, "onEnd" | "onFailure" | "onLate"> {
  return {
    onEnd: () => session.streamEnded(),
    onFailure: (error) => {
      const { name } = session.presentation;
      context.notice(`Cannot go on with ${name}: ${(error as Error).message}`);
      session.streamEnded();
    },
    onLate: (lateMs) => {
      const { presentation: { name }, clientAddress } = session;
      const seconds = (lateMs / 1000).toFixed(1);
      context.notice(
        `Cannot send ${name} to ${clientAddress} in time: it is ${seconds} s behind and goes on from ` +
          "there. The machine was busy, or it is too slow for this film",
      );
    },
  };
}
