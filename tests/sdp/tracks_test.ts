import { assertEquals } from "@std/assert";
import { parseSessionDescription, resolveUrl } from "../../src/sdp/tracks.ts";

Deno.test("a port that http leaves out stays", () => {
  assertEquals(resolveUrl("rtsp://cam:80/a/", "track1"), "rtsp://cam:80/a/track1");
  assertEquals(resolveUrl("rtsp://cam/a/b", "../track1"), "rtsp://cam/track1");
  assertEquals(resolveUrl("rtsp://[::1]:8554/a/", "/b?c"), "rtsp://[::1]:8554/b?c");
  assertEquals(resolveUrl("http://cam/a/", "track1"), undefined);
});

// An expression that tries again and again would take hours for this.
Deno.test("a size as wide as it likes is read in one go", () => {
  const sdp = `v=0\nm=video 0 RTP/AVP 26\na=x-dimensions:${"1".repeat(400_000)}\n`;
  assertEquals(parseSessionDescription(sdp).tracks[0]?.size, undefined);
});

Deno.test("of thousands of media descriptions the first 32 are tracks", () => {
  const media = Array.from({ length: 20_000 }, (_, i) => `m=audio ${i} RTP/AVP 0\r\n`).join("");
  const { tracks } = parseSessionDescription(`v=0\r\ns=many\r\n${media}`);
  assertEquals(tracks.map(({ port }) => port), Array.from({ length: 32 }, (_, i) => i));
});
