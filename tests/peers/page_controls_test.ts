import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { startPage } from "../../src/web/page_server.ts";
import { Chromium } from "../support/chromium.ts";
import {
  BUTTONS,
  differenceFrom,
  FRAME,
  LIT,
  OVERLAY,
  readNumber,
  seekTo,
  STATE,
} from "../support/page_probe.ts";
import { FakePlayer, mediaFilm } from "../web/fake_player.ts";
import { peerTest } from "./peer.ts";

peerTest("chromium ffmpeg", "the page in a browser", async (t) => {
  await using browser = await Chromium.launch();
  const film = await mediaFilm(false);
  const still = { ...film, frameRate: 0 };

  await t.step("four buttons, enabled by the state machine, which is drawn", async () => {
    using player = new FakePlayer(film);
    await using page = startPage(player);
    const tab = await browser.open(page.url);
    await tab.until(`${STATE} === "INIT"`);
    await tab.until(`${BUTTONS} === "SETUP play pause teardown"`);
    assertEquals(await tab.evaluate(LIT), "INIT");
    await tab.click(`#controls [data-command=setup]`);
    await tab.until(`${BUTTONS} === "setup PLAY pause TEARDOWN"`);
    assertEquals(await tab.evaluate(LIT), "READY");
    await tab.click(`#controls [data-command=play]`);
    await tab.until(`${BUTTONS} === "setup play PAUSE TEARDOWN" && ${FRAME} > 3`);
    assertEquals(await tab.evaluate(LIT), "PLAYING");
    assertEquals(await tab.evaluate(OVERLAY), "");
    await tab.click(`#controls [data-command=pause]`);
    await tab.until(`${BUTTONS} === "setup PLAY pause TEARDOWN" && ${OVERLAY} === "Paused"`);
    await tab.press("p");
    await tab.until(`${STATE} === "PLAYING"`);
    await tab.press("t");
    await tab.until(`${BUTTONS} === "SETUP play pause teardown"`);
    assertEquals(player.asked, ["setup", "describe", "play", "pause", "play", "teardown"]);
    assertEquals(tab.complaints, []);
    assertEquals([...tab.hosts], [new URL(page.url).host]);
    await tab.close();
  });

  await t.step(
    "an arrow key on the seek bar is a step, and what is heard is what is so",
    async () => {
      using player = new FakePlayer(film);
      await using page = startPage(player);
      const tab = await browser.open(page.url);
      await player.play();
      await tab.until(`${FRAME} > 3`);
      await tab.evaluate(`document.querySelector("#seek").focus()`);
      await tab.press("ArrowRight");
      await tab.until(`${FRAME} > 100`);
      await tab.press("a");
      await tab.until(`document.querySelector("#picture").ariaLabel === "Picture, paused"`);
      const live = `[...document.querySelectorAll("output, [role=status], [aria-live]")]`;
      assertEquals(await tab.evaluate(`${live}.map((one) => one.id)`), ["announce"]);
      assertMatch(await tab.text("#announce"), /^READY, paused at 0:0[5-9]\.\s*$/);
      await tab.close();
    },
  );

  await t.step("three buttons: PLAY sets up by itself, STOP is a reset", async () => {
    using player = new FakePlayer(film);
    await using page = startPage(player);
    const tab = await browser.open(page.url);
    await tab.click(`#mode input[value="3"]`);
    await tab.until(`${BUTTONS} === "PLAY pause teardown"`);
    await tab.press(" ");
    await tab.until(`${BUTTONS} === "play PAUSE TEARDOWN" && ${FRAME} > 1`);
    await tab.press(" ");
    await tab.until(`${BUTTONS} === "PLAY pause TEARDOWN"`);
    assertStringIncludes(await tab.text(`#controls [data-modes="3"]`), "STOP");
    await tab.click(`#controls [data-modes="3"]`);
    await tab.until(`${BUTTONS} === "PLAY pause teardown"`);
    assertEquals(player.asked, ["setup", "describe", "play", "pause", "teardown"]);
    await tab.click(`#mode input[value="4"]`);
    await tab.close();
  });

  await t.step("the picture is the right frame, to the pixel", async () => {
    using player = new FakePlayer(still);
    await using page = startPage(player);
    const tab = await browser.open(page.url);
    await player.play();
    for (let frame = 1; frame <= 60; frame++) {
      player.nextFrame();
      await tab.until(`${FRAME} === ${frame}`);
    }
    assertLess(await differenceFrom(tab, still.frames[59]!), 2);
    const other = await differenceFrom(tab, still.frames[400]!);
    assert(other > 5, `another frame differs by ${other} only: the comparison shows nothing`);
    await tab.close();
  });

  await t.step("the numbers on the page are the player's", async () => {
    using player = new FakePlayer(still);
    await using page = startPage(player);
    const tab = await browser.open(page.url);
    player.loseEvery = 7;
    await player.play();
    for (let frame = 1; frame <= 12; frame++) player.nextFrame();
    await player.pause();
    const [track] = player.snapshot().statistics;
    const read = (name: string) => readNumber(tab, name);
    await tab.until(`document.querySelector("[data-number=currentFrame]").textContent === "12"`);
    assert(track !== undefined && track.packetsLost > 5);
    assertEquals(await read("currentFrame"), track.currentFrame);
    assertEquals(await read("packetsLost"), track.packetsLost);
    assertEquals(await read("packetsReceived"), track.packetsReceived);
    assertEquals(await read("packetsExpected"), track.packetsExpected);
    assertEquals(await read("bytes"), Math.round(track.bytes / 100) / 10);
    assertEquals(await read("lossRate"), Math.round(track.lossRate * 1000) / 10);
    assertEquals(await read("reordered"), track.reordered);
    assertEquals(await read("firstFrameDelayMs"), track.firstFrameDelayMs);
    await tab.close();
  });

  await t.step("seeking with the bar and with keys", async () => {
    using player = new FakePlayer(film);
    await using page = startPage(player);
    const tab = await browser.open(page.url);
    await player.play();
    await tab.until(`!document.querySelector("#seek").disabled`);
    assertEquals(await tab.text("#length"), "0:30");
    await seekTo(tab, 20);
    await tab.until(`${FRAME} > 400`);
    assertStringIncludes(await tab.text("#position"), "0:2");
    assertEquals(player.asked.at(-1), "play Range: npt=20.000-");
    await tab.press("Home");
    await tab.until(`${FRAME} < 100`);
    await tab.press("ArrowRight");
    await tab.until(`${FRAME} > 99`);
    await tab.close();
  });

  await t.step("closed while playing: paused, and the page that comes back asks", async () => {
    using player = new FakePlayer(film);
    await using page = startPage(player, { graceMs: 0 });
    const paused = Promise.withResolvers<void>();
    const first = await browser.open(page.url);
    await player.play();
    await first.until(`${FRAME} > 2`);
    player.subscribe(() => player.snapshot().condition === "paused" && paused.resolve());
    await first.close();
    await paused.promise;
    const back = await browser.open(page.url);
    await back.until(`document.querySelector("#asking").open`);
    assertEquals(await back.evaluate(STATE), "READY");
    await back.click("#asking-go");
    await back.until(`${STATE} === "PLAYING" && !document.querySelector("#asking").open`);
    assertEquals(player.asked.slice(-2), ["pause", "play"]);
    await back.close();
  });

  await t.step("two tabs show one session", async () => {
    using player = new FakePlayer(film);
    await using page = startPage(player);
    const one = await browser.open(page.url);
    const two = await browser.open(page.url);
    await two.until(`${BUTTONS} === "SETUP play pause teardown"`);
    await two.click(`#controls [data-command=setup]`);
    await two.until(`${STATE} === "READY"`);
    await two.click(`#controls [data-command=play]`);
    await two.until(`${FRAME} > 2`);
    // The other tab is in the background, where browsers do not draw: it knows the state all the same.
    await one.until(`${STATE} === "PLAYING"`);
    await one.send("Page.bringToFront");
    await one.until(`${FRAME} > 2`);
    await one.close();
    await two.close();
  });

  await t.step("Reel killed and back: the page comes back by itself", async () => {
    using player = new FakePlayer(film);
    const before = startPage(player);
    const { port, pathname } = new URL(before.url);
    const tab = await browser.open(before.url);
    await player.play();
    await tab.until(`${FRAME} > 2`);
    await before[Symbol.asyncDispose]();
    await tab.until(
      `${OVERLAY} === "Reel does not answer" && ${BUTTONS} === "setup play pause teardown"`,
    );
    await player.pause();
    const token = pathname.replaceAll("/", "");
    await using _after = startPage(player, { port: Number(port), token });
    await tab.until(`${OVERLAY} === "Paused" && ${BUTTONS} === "setup PLAY pause TEARDOWN"`);
    await tab.close();
  });

  await t.step("a session that fails says why, and can be set up again", async () => {
    using player = new FakePlayer(film);
    await using page = startPage(player);
    const tab = await browser.open(page.url);
    await player.play();
    await tab.until(`${FRAME} > 2`);
    player.fail("The server has closed the connection");
    await tab.until(`${OVERLAY} === "It failed" && ${BUTTONS} === "SETUP play pause teardown"`);
    assertEquals(await tab.text("#overlay-reason"), "The server has closed the connection");
    player.failWith = "Cannot set up: connection refused";
    await tab.press("s");
    await tab.until(`!document.querySelector("#trouble").hidden`);
    assertEquals(await tab.text("#trouble"), "Cannot set up: connection refused");
    await tab.press("s");
    await tab.until(`${STATE} === "READY" && document.querySelector("#trouble").hidden`);
    await tab.close();
  });

  await t.step(
    "on a narrow screen the ruler counts in bytes, and dialogs keep their edge",
    async () => {
      using player = new FakePlayer(film);
      await using page = startPage(player);
      const tab = await browser.open(page.url);
      await tab.look(390, 560, "light");
      await player.play();
      await tab.until(`${FRAME} > 2`);
      await tab.click(`[data-view="wire"]`);
      await tab.until(`document.querySelectorAll(".ruler").length === 32`);
      const told = await tab.evaluate<string[]>(
        `[...document.querySelectorAll(".ruler")]
          .filter((mark) => getComputedStyle(mark).visibility !== "hidden")
          .map((mark) => getComputedStyle(mark, "::after").content.replaceAll('"', ""))`,
      );
      assertEquals(told, ["0", "8", "16", "24"]);
      await tab.evaluate(`document.querySelector("#help").showModal()`);
      const room = await tab.evaluate<number>(
        `document.querySelector("#help").getBoundingClientRect().bottom -
        document.querySelector("#help [data-close]").getBoundingClientRect().bottom`,
      );
      assert(room >= 20, `${room} px under the button`);
      await tab.close();
    },
  );

  await t.step(
    "the wire: messages to the byte, the header to the bit, findings beside",
    async () => {
      using player = new FakePlayer(still);
      await using page = startPage(player);
      const tab = await browser.open(page.url);
      await tab.until(`${STATE} === "INIT"`);
      await tab.press("w");
      await player.play();
      player.nextFrame();
      await tab.until(
        `document.querySelector("[data-field=marker] .field-bits").textContent === "1"`,
      );
      const bits = await tab.evaluate<string>(
        `[...document.querySelectorAll("#packet .field-bits")].map((f) => f.textContent).join("")`,
      );
      assertEquals(bits.length, 96);
      assertStringIncludes(await tab.text("tr[data-field='payload type']"), "JPEG, clock 90000 Hz");
      const request = await tab.text("#talk li:last-child pre");
      assertStringIncludes(request, "DESCRIBE rtsp://127.0.0.1:8554/movie.Mjpeg RTSP/1.0\\r\\n\n");
      player.find({
        rule: "rtp-marker-missing",
        severity: "error",
        message: "No packet of the frame carries the marker bit",
        seen: "M=0",
        expected: "M=1 on the last packet",
        reference: "RFC 2435 section 3.1",
        remedy: "Set it",
        where: { kind: "packet", number: player.snapshot().statistics[0]!.packetsReceived },
        count: 1,
      });
      await tab.until(`document.querySelector("#packet .finding.error") !== null`);
      assertEquals(await tab.text("#finding-count"), "1");
      await tab.close();
    },
  );

  await t.step("the charts: all on one time axis, values under the cursor, held", async () => {
    using player = new FakePlayer(film);
    await using page = startPage(player);
    const tab = await browser.open(page.url);
    await tab.until(`${STATE} === "INIT"`);
    await tab.press("c");
    await player.play();
    const values = `[...document.querySelectorAll(".chart-values")].map((v) => v.textContent)`;
    await tab.until(`${values}.length === 4 && parseFloat(${values}[0]) > 0`);
    const [x, y] = await tab.evaluate<[number, number]>(`(() => {
      const { left, top } = document.querySelector(".u-over").getBoundingClientRect();
      return [left + 3, top + 10];
    })()`);
    await tab.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
    await tab.until(`${values}.every((text) => /^at \\d/.test(text))`);
    const moments = await tab.evaluate<string[]>(`${values}.map((text) => text.split("  ")[0])`);
    assertEquals(new Set(moments).size, 1, "one moment in all charts");
    await tab.send("Input.dispatchMouseEvent", { type: "mouseMoved", x: 2, y: 2 });
    await tab.until(`${values}.every((text) => !text.startsWith("at"))`);
    await tab.click("#charts-pause");
    const held = await tab.evaluate<string[]>(values);
    const samples = async () =>
      (await (await fetch(`${page.url}numbers.csv`)).text()).split("\n").length;
    for (const before = await samples(); await samples() < before + 3;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assertEquals(await tab.evaluate<string[]>(values), held);
    assertEquals(await tab.text("#charts-pause"), "Go on");
    assertEquals(tab.complaints, []);
    await tab.close();
  });
});
