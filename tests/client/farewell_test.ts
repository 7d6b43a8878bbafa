/** Leaving servers that do not answer. */

import { assertEquals, assertRejects } from "@std/assert";
import { farewell } from "../../src/client/farewell.ts";
import { RequestStopped } from "../../src/client/reply_waiters.ts";
import type { ScriptedServer } from "../support/scripted_server.ts";
import { methodOf, withServer } from "../support/standard_script.ts";
import { runCases, type WatchedPlayer } from "../support/watched_player.ts";

/** A server that says nothing to these methods, and a player that has sent the first of them. */
async function withSilence(
  methods: readonly string[],
  run: (player: WatchedPlayer, server: ScriptedServer, command: Promise<void>) => Promise<void>,
): Promise<void> {
  const special = (request: string) => methods.includes(methodOf(request)) ? "" : undefined;
  const init = { timeoutMs: 60_000, transport: "udp" as const };
  await withServer({ special }, async (player, server) => {
    await player.session.setup();
    if (methods[0] === "PAUSE") await player.session.play();
    const command = methods[0] === "PLAY" ? player.session.play() : player.session.pause();
    await player.until(() => methodOf(server.requests.at(-1)!) === methods[0], "the request");
    await run(player, server, command);
  }, init);
}

Deno.test("TEARDOWN does not wait for the reply to another request", async () => {
  await runCases([{ name: "PLAY" }, { name: "PAUSE" }], async ({ name }) => {
    await withSilence([name], async (player, server, command) => {
      const stopped = assertRejects(() => command, RequestStopped, `answered ${name}`);
      await player.session.teardown();
      await stopped;
      const { state, condition } = player.snapshot;
      assertEquals([state, condition], ["Init", "idle"]);
      assertEquals(methodOf(server.requests.at(-1)!), "TEARDOWN");
    });
  });
});

Deno.test("whoever leaves does not wait long for TEARDOWN either", async () => {
  await withSilence(["PLAY", "TEARDOWN"], async (player, server, command) => {
    command.catch(() => {});
    await assertRejects(() => farewell(player.session), Error, "no reply to TEARDOWN in 2 s");
    assertEquals(methodOf(server.requests.at(-1)!), "TEARDOWN");
  });
});
