/**
 * The end of a session for which nobody waits long.
 *
 * @module
 */

import { ReplyTimeout } from "./reply_waiters.ts";
import type { PlayerSession } from "./session.ts";

/** How long TEARDOWN may take when all else is done, in ms. */
const FAREWELL_MS = 2000;

/**
 * TEARDOWN; what the server has not answered by then is given up, and so is TEARDOWN after a while.
 * Everything is closed afterwards, whatever happens.
 *
 * @throws {Error} What went wrong with TEARDOWN.
 */
export async function farewell(session: PlayerSession): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => late.reject(new ReplyTimeout("TEARDOWN", FAREWELL_MS)),
    FAREWELL_MS,
  );
  try {
    await Promise.race([session.teardown(), late.promise]);
  } finally {
    clearTimeout(timer);
    session.close();
  }
}
