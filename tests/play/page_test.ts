import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Arguments } from "../../src/cli/arguments.ts";
import { Failure, UsageError } from "../../src/cli/failure.ts";
import { PLAY } from "../../src/play/command.ts";
import { openPage, wantsPage } from "../../src/play/page.ts";
import { FakePlayer } from "../web/fake_player.ts";

const URL = "rtsp://127.0.0.1/x";

Deno.test("there is a page where a person is at the terminal, or where one is asked for", () => {
  const wants = (flags: string[], quiet = false, controllerPort?: number) =>
    wantsPage(
      Arguments.parse(PLAY, [URL, ...flags]),
      controllerPort === undefined ? {} : { controllerPort },
      quiet,
    );
  assertEquals(wants([]), true);
  assertEquals(wants(["--no-page"]), false);
  assertEquals(wants([], true), false);
  for (const flags of [["--open"], ["--paused"], ["--page-port", "8000"]]) {
    assertEquals(wants(flags, true), true, flags.join(" "));
    assertThrows(() => wants([...flags, "--no-page"]), UsageError, flags[0]!);
  }
  assertEquals(wants(["--paused", "--prompt", "--no-page"]), false);
  assertEquals(wants([], false, 25_000), false);
});

Deno.test("a port that is taken is named, with what to do", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const args = Arguments.parse(PLAY, [URL, "--page-port", String(taken.addr.port)]);
  using player = new FakePlayer({ frames: [], frameRate: 0 });
  const options = { wanted: true, onNotice() {}, onIdle() {} };
  await assertRejects(
    () => openPage(player, args, options),
    Failure,
    `TCP port ${taken.addr.port}: address in use. Choose another with --page-port`,
  );
});
