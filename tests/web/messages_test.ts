import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  BINARY_HEADER_LENGTH,
  encodePicture,
  encodeSound,
  parseFromPage,
} from "../../src/web/messages.ts";

Deno.test("a picture and a sound as binary messages", () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
  const picture = encodePicture({
    type: "picture",
    timeMs: 99,
    track: 3,
    frame: 70_000,
    timestamp: 0xfedcba98,
    jpeg,
  }, 1234.5);
  const view = new DataView(picture.buffer);
  assertEquals([picture[0], picture[1]], [1, 3]);
  assertEquals([view.getUint32(4), view.getUint32(8)], [70_000, 0xfedcba98]);
  assertEquals(view.getFloat64(16), 1234.5);
  assertEquals(picture.subarray(BINARY_HEADER_LENGTH), jpeg);

  const sound = encodeSound({
    type: "sound",
    timeMs: 9,
    track: 1,
    firstSample: 2 ** 40,
    sampleRate: 44_100,
    channels: 2,
    samples: Uint8Array.of(1, 2, 3, 4),
  });
  const soundView = new DataView(sound.buffer);
  assertEquals([sound[0], sound[1], sound[2]], [2, 1, 2]);
  assertEquals([soundView.getUint32(4), soundView.getFloat64(8)], [44_100, 2 ** 40]);
  assertEquals(sound.length, BINARY_HEADER_LENGTH + 4);
});

Deno.test("what a tab can say, and nothing else", () => {
  const said: [string, unknown][] = [
    [`{"type":"command","id":1,"name":"play","position":2.5}`, {
      type: "command",
      id: 1,
      name: "play",
      position: 2.5,
    }],
    [`{"type":"command","id":2,"name":"open","url":"rtsp://h/x"}`, {
      type: "command",
      id: 2,
      name: "open",
      url: "rtsp://h/x",
    }],
    [`{"type":"command","id":3,"name":"play","position":-1}`, {
      type: "command",
      id: 3,
      name: "play",
    }],
    [`{"type":"taken","pictures":1}`, { type: "taken", pictures: 1 }],
    [`{"type":"want","pictures":true,"sound":false}`, {
      type: "want",
      pictures: true,
      sound: false,
    }],
    [`{"type":"answer","goOn":true}`, { type: "answer", goOn: true }],
    [`{"type":"command","id":1,"name":"reboot"}`, undefined],
    [`{"type":"command","name":"play"}`, undefined],
    [`{"type":"answer","goOn":1}`, undefined],
    [`null`, undefined],
    [`[]`, undefined],
    [`{`, undefined],
  ];
  for (const [text, value] of said) assertEquals(parseFromPage(text), value as never, text);
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseFromPage(text);
    }),
    { seed: 5, numRuns: 300 },
  );
});
