/**
 * The states of a session and the methods that change them (RFC 2326 appendix A). This table is the
 * only place where a state changes, for the server as for the client.
 *
 * @module
 */

/** A session's state. The labs write them INIT, READY and PLAYING. */
export type SessionState = "Init" | "Ready" | "Playing";

/** The methods that have a place in the table. */
export type StatefulMethod = "SETUP" | "PLAY" | "PAUSE" | "TEARDOWN";

/**
 * The state after a method succeeds; a method that is missing is not valid in that state. SETUP while
 * playing would change the transport under the stream, which RFC 2326 appendix A allows a server to
 * refuse (455); PAUSE in Ready and PLAY in Playing are without effect or change the range.
 */
export const TRANSITIONS: Readonly<
  Record<SessionState, Readonly<Partial<Record<StatefulMethod, SessionState>>>>
> = {
  Init: { SETUP: "Ready", TEARDOWN: "Init" },
  Ready: { SETUP: "Ready", PLAY: "Playing", PAUSE: "Ready", TEARDOWN: "Init" },
  Playing: { PLAY: "Playing", PAUSE: "Ready", TEARDOWN: "Init" },
};

/** The state after `method`, or undefined where the method is not valid. */
export function nextState(state: SessionState, method: StatefulMethod): SessionState | undefined {
  return TRANSITIONS[state][method];
}
