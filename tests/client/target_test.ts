import { assertEquals, assertThrows } from "@std/assert";
import { ConversationError } from "../../src/client/conversation.ts";
import { parseTarget } from "../../src/client/target.ts";

Deno.test("names are written as URLs have them, however they were typed", () => {
  const urls = [
    ["rtsp://h/cat & dog.avi", "rtsp://h/cat%20&%20dog.avi", "cat & dog.avi"],
    ["rtsp://h/Phim Việt/a.wav", "rtsp://h/Phim%20Vi%E1%BB%87t/a.wav", "Phim Việt/a.wav"],
    ["rtsp://h/a%20b?x=1&y=[2]", "rtsp://h/a%20b?x=1&y=[2]", "a b"],
    ["rtsp://u:p@[::1]:8554/😀", "rtsp://[::1]:8554/%F0%9F%98%80", "😀"],
  ] as const;
  for (const [typed, url, path] of urls) {
    const target = parseTarget(typed);
    assertEquals([target.url, target.path], [url, path]);
    assertEquals(parseTarget(target.url).url, url, "and not twice");
  }
});

Deno.test("what is no RTSP URL is refused in words", () => {
  for (const url of ["http://h/a", "rtsp:///a", "rtsps://h/a", "rtsp://h:0/a"]) {
    assertThrows(() => parseTarget(url), ConversationError);
  }
});
