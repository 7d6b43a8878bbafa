import { assert, assertEquals } from "@std/assert";
import { RtspTestClient } from "../support/rtsp_client.ts";
import { serveFolder } from "../support/serving.ts";
import { MEDIA } from "./lab_kit.ts";

Deno.test("channels of one connection never run out of their 8 bits", async () => {
  await using serving = serveFolder(MEDIA);
  using client = await RtspTestClient.connect(serving.port);
  const pairs = new Set<string>();
  let refused = 0;
  for (let i = 0; i < 140; i++) {
    const { status, headers } = await client.request("SETUP", `${serving.url}/default.wav/track1`, {
      headers: { Transport: "RTP/AVP/TCP;unicast;interleaved=0-1" },
      sessionless: true,
    });
    const pair = /interleaved=(\d+-\d+)/.exec(headers.get("transport") ?? "")?.[1];
    if (status === 461) refused++;
    else if (pair !== undefined) {
      assert(!pairs.has(pair), `${pair} was given twice`);
      assert(Number(pair.split("-")[1]) <= 255);
      pairs.add(pair);
    }
  }
  assertEquals(pairs.size + refused, 140);
  assert(pairs.size >= 32 && refused > 0);
});

Deno.test("a session that another connection ends leaves nothing behind", async () => {
  await using serving = serveFolder(MEDIA);
  const first = await RtspTestClient.connect(serving.port);
  await first.request("SETUP", `${serving.url}/default.wav/track1`, {
    headers: { Transport: "RTP/AVP;unicast;client_port=40000-40001" },
  });
  using second = await RtspTestClient.connect(serving.port);
  second.session = first.session;
  assertEquals((await second.request("TEARDOWN", `${serving.url}/default.wav`)).status, 200);
  assertEquals(serving.server.sessionCount, 0);
  assertEquals((await first.request("PLAY", `${serving.url}/default.wav`)).status, 454);
  first[Symbol.dispose]();
  await first.closed;
});
