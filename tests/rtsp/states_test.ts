import { assertEquals } from "@std/assert";
import { nextState, type SessionState, type StatefulMethod } from "../../src/rtsp/states.ts";

Deno.test("every method in every state", () => {
  const table: Record<SessionState, Record<StatefulMethod, SessionState | undefined>> = {
    Init: { SETUP: "Ready", PLAY: undefined, PAUSE: undefined, TEARDOWN: "Init" },
    Ready: { SETUP: "Ready", PLAY: "Playing", PAUSE: "Ready", TEARDOWN: "Init" },
    Playing: { SETUP: undefined, PLAY: "Playing", PAUSE: "Ready", TEARDOWN: "Init" },
  };
  for (const [state, methods] of Object.entries(table)) {
    for (const [method, next] of Object.entries(methods)) {
      assertEquals(nextState(state as SessionState, method as StatefulMethod), next);
    }
  }
});
