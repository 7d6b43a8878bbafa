import { assert, assertEquals } from "@std/assert";
import type { VideoTrack } from "../../src/media/presentation.ts";
import { FrameSplitter } from "../../src/serve/split_frames.ts";
import { makeJpeg } from "../payload/jpegs.ts";

function filmOf(frame: Uint8Array): VideoTrack {
  return {
    kind: "video",
    frameRate: 20,
    frameCount: 1,
    width: 64,
    height: 48,
    maxFrameBytes: frame.length,
    frame: () => frame,
    carriableFrame: () => frame,
  };
}

Deno.test("a frame is split once for all who watch it in one form", () => {
  const splitter = new FrameSplitter(1400);
  const film = filmOf(makeJpeg({ scan: new Uint8Array(5000) }));
  const payloads = splitter.payloads(film, "rfc2435", 0);
  assertEquals(payloads.length, 4);
  assert(splitter.payloads(film, "rfc2435", 0) === payloads);
  assertEquals(splitter.payloads(film, "whole", 0).length, 1);
});

Deno.test("a film that RFC 2435 cannot carry sends nothing there, and whole frames to the labs", () => {
  const splitter = new FrameSplitter(1400);
  const film = filmOf(makeJpeg({ frameType: 0xc9 }));
  assertEquals(splitter.payloads(film, "rfc2435", 0), []);
  assertEquals(splitter.payloads(film, "whole", 0).length, 1);
});
