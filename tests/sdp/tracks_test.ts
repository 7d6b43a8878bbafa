import { assertEquals } from "@std/assert";
import { parseSessionDescription } from "../../src/sdp/tracks.ts";

Deno.test("of thousands of media descriptions the first 32 are tracks", () => {
  const media = Array.from({ length: 20_000 }, (_, i) => `m=audio ${i} RTP/AVP 0\r\n`).join("");
  const { tracks } = parseSessionDescription(`v=0\r\ns=many\r\n${media}`);
  assertEquals(tracks.map(({ port }) => port), Array.from({ length: 32 }, (_, i) => i));
});
