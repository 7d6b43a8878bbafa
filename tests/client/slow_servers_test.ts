/** Standard servers that take their time, or lose patience. */

import { assertEquals, assertRejects } from "@std/assert";
import type { ScriptedConnection } from "../support/scripted_server.ts";
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

Deno.test("a connection that the server closed for idleness is opened again", async () => {
  let closed = false;
  const special = (request: string, _: number, connection: ScriptedConnection) => {
    if (methodOf(request) !== "DESCRIBE" || closed) return undefined;
    closed = true;
    connection.send(reply(request, "200 OK", [], SDP)).then(() => connection.close());
    return "";
  };
  await withServer({ special, datagrams: PACKETS }, async (player, server) => {
    await player.session.describe();
    await server.connections[0]!.closed;
    // The player has to hear of it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await player.session.play();
    await gotSound(player);
    assertEquals(player.snapshot.dialect, "standard");
    assertEquals(server.requests.map(methodOf), ["DESCRIBE", "SETUP", "PLAY"]);
  });
});

Deno.test("a server that has answered as standard ones do is no lab's when it hangs up", async () => {
  const special = (request: string, _: number, connection: ScriptedConnection) => {
    if (methodOf(request) !== "SETUP") return undefined;
    connection.close();
    return "";
  };
  await withServer({ special }, async (player, server) => {
    await assertRejects(() => player.session.play(), Error, "instead of answering SETUP");
    assertEquals(server.requests.map(methodOf), ["DESCRIBE", "SETUP"]);
  });
});

Deno.test("a server that hangs up in both dialects is not asked a third time", async () => {
  const special = (_request: string, _: number, connection: ScriptedConnection) => {
    connection.close();
    return "";
  };
  await withServer({ special }, async (player, server) => {
    await assertRejects(() => player.session.play(), Error, "instead of answering SETUP");
    assertEquals(server.requests.map(methodOf), ["DESCRIBE", "SETUP"]);
  }, { timeoutMs: 10_000 });
});
