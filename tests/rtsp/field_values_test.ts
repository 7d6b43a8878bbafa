import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseChallenges } from "../../src/rtsp/authorization.ts";
import { parseBlocksize } from "../../src/rtsp/blocksize.ts";
import {
  formatNpt,
  formatNptRange,
  isForeignRange,
  parseNptRange,
  parsePausePoint,
} from "../../src/rtsp/range.ts";
import { controlOf, parseRequestUrl, splitControl } from "../../src/rtsp/request_url.ts";
import {
  formatRtpInfo,
  infoOfStreams,
  parseRtpInfo,
  type RtpInfo,
} from "../../src/rtsp/rtp_info.ts";
import { formatSession, parseSession } from "../../src/rtsp/session_header.ts";

Deno.test("ranges of normal play time", () => {
  const ranges: [string, ReturnType<typeof parseNptRange>][] = [
    ["npt=10-", { start: 10 }],
    ["npt=10-20.5", { start: 10, end: 20.5 }],
    ["npt=-20", { end: 20 }],
    ["npt=now-", { start: "now" }],
    ["npt=NOW-5", { start: "now", end: 5 }],
    ["npt=0:01:02.5-70", { start: 62.5, end: 70 }],
    ["npt=12:59:59-", { start: 46_799 }],
    ["npt = 1. - 2.", { start: 1, end: 2 }],
    ["npt=1-2;time=19970123T143720Z", { start: 1, end: 2 }],
    ["npt=-", undefined],
    ["npt=x-", undefined],
    ["npt=1", undefined],
    ["npt=1-2-3", undefined],
    ["npt=1:60:00-", undefined],
    ["npt=1e3-", undefined],
    ["clock=19961108T143720.25Z-", undefined],
    ["", undefined],
  ];
  for (const [header, expected] of ranges) assertEquals(parseNptRange(header), expected, header);
  assertEquals(["npt=1-", " NPT = 1-", "smpte=0:1-", ""].map(isForeignRange), [
    false,
    false,
    true,
    true,
  ]);
});

Deno.test("the point of a PAUSE is one value", () => {
  const points: [string, ReturnType<typeof parsePausePoint>][] = [
    ["npt=21", 21],
    [" NPT = 21.5 - ", 21.5],
    ["npt=0:01:02.5-", 62.5],
    ["npt=now", "now"],
    ["npt=now-", "now"],
    ["npt=21;time=19970123T143720Z", 21],
    ["npt=21-25", undefined],
    ["npt=-25", undefined],
    ["npt=", undefined],
    ["npt=-", undefined],
    ["npt=x", undefined],
    ["smpte=0:10:00", undefined],
  ];
  for (const [header, expected] of points) assertEquals(parsePausePoint(header), expected, header);
});

Deno.test("a block size is a positive number", () => {
  assertEquals(["1", " 1400 ", "999999999"].map(parseBlocksize), [1, 1400, 999_999_999]);
  for (const header of ["", "0", "-1", "1.5", "1e3", "0x10", "9999999999", "1 2"]) {
    assertEquals(parseBlocksize(header), undefined, header);
  }
});

Deno.test("ranges are written to the microsecond, and read back", () => {
  assertEquals(formatNptRange({ start: 0 }), "npt=0-");
  assertEquals(formatNptRange({ start: 1.5, end: 30 }), "npt=1.5-30");
  assertEquals([formatNpt(1 / 3), formatNpt(100), formatNpt(-1e-9)], ["0.333333", "100", "0"]);
  const time = fc.integer({ min: 0, max: 10 ** 12 }).map((us) => us / 1e6);
  fc.assert(
    fc.property(time, time, (start, end) => {
      assertEquals(parseNptRange(formatNptRange({ start, end })), { start, end });
    }),
    { seed: 8 },
  );
});

Deno.test("RTP-Info of either version", () => {
  const old =
    "url=rtsp://h/a,b/track1;seq=45102;rtptime=12345678,url=rtsp://h/a,b/track2;seq=30211";
  const streams: RtpInfo[] = [
    { url: "rtsp://h/a,b/track1", seq: 45_102, rtptime: 12_345_678 },
    { url: "rtsp://h/a,b/track2", seq: 30_211 },
  ];
  assertEquals(parseRtpInfo(old), streams);
  assertEquals(formatRtpInfo(streams, "1.0"), old);
  const recent = 'url="rtsp://h/track1" ssrc=0A13C760:seq=45102;rtptime=12345678';
  const stream = { url: "rtsp://h/track1", ssrc: 0x0a13c760, seq: 45_102, rtptime: 12_345_678 };
  assertEquals(parseRtpInfo(recent), [stream]);
  assertEquals(formatRtpInfo([stream], "2.0"), recent);
  assertEquals(parseRtpInfo("what;seq=1"), []);
  assertEquals(parseRtpInfo("url=a;seq=x"), [{ url: "a" }]);
});

Deno.test("RTP-Info is read back", () => {
  const word = fc.integer({ min: 0, max: 0xffff_ffff });
  const stream = fc.record({
    url: fc.stringMatching(/^rtsp:\/\/h\/[a-z0-9,._/-]{0,20}$/),
    seq: fc.integer({ min: 0, max: 65_535 }),
    rtptime: word,
    ssrc: word,
  });
  fc.assert(
    fc.property(fc.array(stream, { maxLength: 4 }), (streams) => {
      assertEquals(parseRtpInfo(formatRtpInfo(streams, "2.0")), streams);
    }),
    { seed: 9 },
  );
});

Deno.test("a URL may hold the names of RTP-Info's numbers", () => {
  assertEquals(parseRtpInfo("url=rtsp://h/x?seq=5&rtptime=6/track1;seq=900"), [
    { url: "rtsp://h/x?seq=5&rtptime=6/track1", seq: 900 },
  ]);
});

// Expressions that try again and again would take hours for these.
Deno.test("values as wide as they like are read in one go", () => {
  const wide = (text: string): string => text.repeat(400_000);
  const spaces = wide(" ");
  assertEquals(parseNptRange(`npt=${spaces}x`), undefined);
  assertEquals(parseNptRange(`npt=1-${spaces}-`), undefined);
  assertEquals(parsePausePoint(`npt=${spaces}-${spaces}x`), undefined);
  assertEquals(parsePausePoint(`npt=${spaces}21${spaces}-${spaces}`), 21);
  assertEquals(parseChallenges([`Digest ${wide("a")}`]), [
    { scheme: "digest", parameters: new Map() },
  ]);
  const slashes = wide("/");
  assertEquals(parseRequestUrl(`rtsp://h/${slashes}a${slashes}b`).path, `a${slashes}b`);
  assertEquals(splitControl(`${slashes}a${slashes}track2`), { path: "a", track: 1 });
});

Deno.test("sessions", () => {
  assertEquals(parseSession("12345678"), { id: "12345678" });
  assertEquals(parseSession(" 4A;timeout=60"), { id: "4A", timeout: 60 });
  assertEquals(parseSession("4A ; x=1 ; Timeout = 30"), { id: "4A", timeout: 30 });
  assertEquals(parseSession("4A;timeout=soon"), { id: "4A" });
  assertEquals([parseSession(""), parseSession(";timeout=60")], [undefined, undefined]);
  assertEquals(formatSession({ id: "4A" }), "4A");
  assertEquals(formatSession({ id: "4A", timeout: 60 }), "4A;timeout=60");
});

Deno.test("what a request URL names", () => {
  const urls: [string, string, string, boolean, boolean][] = [
    ["rtsp://h:8554/movie.Mjpeg", "h:8554", "movie.Mjpeg", true, false],
    ["rtsp://h/movie.Mjpeg/", "h", "movie.Mjpeg", true, false],
    ["rtsp://user:pw@h/a/b", "h", "a/b", true, false],
    ["rtsp://h/a%20b?x=1#y", "h", "a b", true, false],
    ["rtsp://h", "h", "", true, false],
    ["RTSPU://h/a", "h", "a", true, false],
    ["rtsp://[::1]:8554/a", "[::1]:8554", "a", true, false],
    ["rtsp://movie.Mjpeg", "movie.Mjpeg", "", true, false],
    ["movie.Mjpeg", "", "movie.Mjpeg", false, false],
    ["./videos/movie.Mjpeg", "", "./videos/movie.Mjpeg", false, false],
    ["/movie.Mjpeg", "", "movie.Mjpeg", false, false],
    ["/etc/passwd", "", "etc/passwd", false, true],
    ["rtsp://h//etc/passwd", "h", "etc/passwd", true, true],
    ["rtsp://h/%2Fetc%2Fpasswd", "h", "etc/passwd", true, true],
    ["Vi%E1%BB%87t.Mjpeg", "", "Việt.Mjpeg", false, false],
    ["Vi\u00e1\u00bb\u0087t.Mjpeg", "", "Việt.Mjpeg", false, false],
    ["*", "", "*", false, false],
    ["a%zz", "", "a%zz", false, false],
    ["", "", "", false, false],
  ];
  for (const [url, authority, path, absolute, rooted] of urls) {
    assertEquals(parseRequestUrl(url), { authority, path, absolute, rooted }, url);
  }
});

Deno.test("control URLs count tracks from 1", () => {
  assertEquals(splitControl("movie.Mjpeg/track1"), { path: "movie.Mjpeg", track: 0 });
  assertEquals(splitControl("a/b/track12"), { path: "a/b", track: 11 });
  assertEquals(splitControl("track2"), { path: "", track: 1 });
  assertEquals(splitControl("movie.Mjpeg/trackID=0"), { path: "movie.Mjpeg", track: 0 });
  assertEquals(splitControl("a/b/streamid=1"), { path: "a/b", track: 1 });
  for (const path of ["movie.Mjpeg", "track0", "a/track", "a/track1000"]) {
    assertEquals(splitControl(path), { path });
  }
  assertEquals([controlOf(0), controlOf(1)], ["track1", "track2"]);
});

Deno.test("RTP-Info belongs to the stream that it names, else to the one in its place", () => {
  const streams = [["rtsp://h/film/track1"], ["rtsp://h/film/track2", "rtsp://h/track2"]];
  const relative = [["track1"], ["track2"]];
  const cases: { header: string; streams: string[][]; times: (number | undefined)[] }[] = [
    {
      header: "url=rtsp://h/film/track2;rtptime=2,url=rtsp://h/film/track1/;rtptime=1",
      streams,
      times: [1, 2],
    },
    { header: "url=track2;rtptime=2,url=track1;rtptime=1", streams, times: [1, 2] },
    { header: "url=rtsp://h/film/track2;rtptime=2", streams, times: [undefined, 2] },
    { header: "url=rtsp://h/film/track2;rtptime=2", streams: relative, times: [undefined, 2] },
    { header: "url=rtsp://h/a;rtptime=1,url=rtsp://h/b;rtptime=2", streams, times: [1, 2] },
    { header: "url=rtsp://h/a;rtptime=1", streams, times: [undefined, undefined] },
    { header: "url=track2;rtptime=2,url=x;rtptime=1", streams, times: [undefined, 2] },
    {
      header: "url=rtsp://h/film;rtptime=1,url=rtsp://h/film;rtptime=2",
      streams: [["rtsp://h/film"], ["rtsp://h/film"]],
      times: [1, 2],
    },
  ];
  for (const { header, streams, times } of cases) {
    const infos = infoOfStreams(parseRtpInfo(header), streams);
    assertEquals(infos.map((info) => info?.rtptime), times, header);
  }
});
