import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import sdpTransform from "sdp-transform";
import {
  type DescribedTrack,
  describeForLab,
  describeList,
  describePresentation,
  parseList,
} from "../../src/sdp/describe.ts";

const FILM: DescribedTrack = {
  index: 0,
  kind: "video",
  payloadType: 26,
  encodingName: "JPEG",
  clockRate: 90_000,
  frameRate: 29.97003,
  dimensions: [384, 288],
};
const SOUND: DescribedTrack = {
  index: 1,
  kind: "audio",
  payloadType: 10,
  encodingName: "L16",
  clockRate: 44_100,
  channels: 2,
};
const ORIGIN = { address: "192.0.2.1", id: 42, version: 1 };

Deno.test("a film with its sound, line by line", () => {
  const sdp = describePresentation(
    { name: "movie.Mjpeg", duration: 30.5, tracks: [FILM, SOUND] },
    ORIGIN,
  );
  const lines = sdp.split("\r\n");
  assertEquals(lines.pop(), "");
  assertEquals(lines.filter((line) => !line.startsWith("a=")), [
    "v=0",
    "o=- 42 1 IN IP4 192.0.2.1",
    "s=movie.Mjpeg",
    "c=IN IP4 0.0.0.0",
    "t=0 0",
    "m=video 0 RTP/AVP 26",
    "m=audio 0 RTP/AVP 10",
  ]);
  const [session = [], video = [], audio = []] = sdp.split(/(?=^m=)/m).map((part) =>
    part.split("\r\n").filter((line) => line.startsWith("a=")).toSorted()
  );
  assertEquals(session, ["a=control:*", "a=range:npt=0-30.5", "a=tool:Reel"]);
  assertEquals(video, [
    "a=control:track1",
    "a=framerate:29.97",
    "a=rtpmap:26 JPEG/90000",
    "a=x-dimensions:384,288",
  ]);
  assertEquals(audio, ["a=control:track2", "a=rtpmap:10 L16/44100/2"]);
});

Deno.test("one channel is not named; an address may be IPv6; a name may be missing", () => {
  const sdp = describePresentation(
    { name: "", duration: 0, tracks: [{ ...SOUND, channels: 1, payloadType: 11 }] },
    { ...ORIGIN, address: "2001:db8::1" },
  );
  assertMatch(sdp, /^a=rtpmap:11 L16\/44100\r$/m);
  assertStringIncludes(sdp, "o=- 42 1 IN IP6 2001:db8::1\r\n");
  assertStringIncludes(sdp, "c=IN IP6 ::\r\n");
  assertStringIncludes(sdp, "s= \r\n");
});

Deno.test("what is written is understood", () => {
  const sdp = describePresentation(
    { name: "movie.Mjpeg", duration: 30, tracks: [FILM, SOUND] },
    ORIGIN,
  );
  const parsed = sdpTransform.parse(sdp);
  assertEquals(parsed.media.map(({ type, control }) => [type, control]), [
    ["video", "track1"],
    ["audio", "track2"],
  ]);
  assertEquals(parsed.media[1]!.rtp[0], { payload: 10, codec: "L16", rate: 44_100, encoding: 2 });
});

Deno.test("a list of presentations is read back", () => {
  const urls = ["rtsp://h/movie.Mjpeg", "rtsp://h/a%20b.wav"];
  const sdp = describeList(urls, { address: "::1", id: 7 });
  assertEquals(parseList(sdp), urls);
  assertStringIncludes(sdp, "o=- 7 1 IN IP6 ::1\r\n");
  assertEquals(sdpTransform.parse(sdp).media, []);
  assertEquals(parseList(describeList([], { address: "::1", id: 7 })), []);
});

Deno.test("the labs' four lines, in either line ending", () => {
  const track = { kind: "video" as const, payloadType: 26, mimeType: "video/MJPEG" };
  assertEquals(
    describeForLab(track, 8554, "123456", "\n"),
    'v=0\nm=video 8554 RTP/AVP 26\na=control:streamid=123456\na=mimetype:string;"video/MJPEG"\n',
  );
  assertEquals(describeForLab(track, 1, "0", "\r\n").split("\r\n").length, 5);
});
