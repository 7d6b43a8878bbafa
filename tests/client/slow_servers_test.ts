/** Standard servers that take their time. */

import { assertEquals } from "@std/assert";
import { gotSound, methodOf, PACKETS, reply, SDP, withServer } from "../support/standard_script.ts";
import { runCases } from "../support/watched_player.ts";

/** More than a server gets that may be a lab's. */
const SLOW_MS = 2700;

const slowly = <T>(value: T): Promise<T> =>
  new Promise((resolve) => setTimeout(() => resolve(value), SLOW_MS));

Deno.test("a standard server that is slow at DESCRIBE is played", async () => {
  const cases = [
    { name: "standard for certain", dialect: "standard" as const, lab: undefined, setUps: 1 },
    { name: "refuses the lab's dialect", lab: "400 Bad Request", setUps: 2 },
    { name: "waits for the rest of the lab's request", lab: undefined, setUps: 2 },
  ];
  await runCases(cases, async ({ dialect, lab, setUps }) => {
    const special = (request: string): string | undefined | Promise<string> => {
      if (!request.endsWith("\r\n\r\n")) return lab === undefined ? "" : reply(request, lab);
      if (methodOf(request) === "DESCRIBE") return slowly(reply(request, "200 OK", [], SDP));
      return undefined;
    };
    const init = { timeoutMs: 10_000, ...(dialect === undefined ? undefined : { dialect }) };
    await withServer({ special, datagrams: PACKETS }, async (player, server) => {
      await player.session.play();
      await gotSound(player);
      assertEquals(player.snapshot.dialect, "standard");
      assertEquals(server.requests.filter((one) => methodOf(one) === "SETUP").length, setUps);
    }, init);
  });
});
