import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { Finding } from "../../src/diagnose/finding.ts";
import { Findings } from "../../src/diagnose/findings.ts";
import { RtspObserver } from "../../src/diagnose/rtsp_observer.ts";
import { RtspParser } from "../../src/rtsp/parser.ts";
import {
  AUDIO_LAB,
  type Conversation,
  DESCRIPTION,
  INTERLEAVED,
  LAB,
  STANDARD,
  watch,
  withBody,
} from "./rtsp_conversation.ts";
import { RTSP_FAULTS } from "./rtsp_faults.ts";

/** What a change adds to the findings of its base. */
function added(base: Conversation, change: Conversation): Finding[] {
  const key = ({ rule, where }: Finding) => `${rule} ${where.stream}`;
  const before = new Set(watch(base).map(key));
  return watch({ ...base, ...change }).filter((finding) => !before.has(key(finding)));
}

for (const fault of RTSP_FAULTS) {
  Deno.test(`${fault.rule} is named, and nothing else`, () => {
    const findings = added(fault.base, fault.change);
    assertEquals(findings.map(({ rule }) => rule), [fault.rule]);
    const [finding] = findings;
    assertEquals(finding!.severity, fault.severity);
    assertEquals(finding!.where.stream, fault.side);
    assertStringIncludes(finding!.seen, fault.seen);
  });
}

for (const [name, conversation] of Object.entries({ STANDARD, INTERLEAVED, AUDIO_LAB })) {
  Deno.test(`a correct conversation has no findings: ${name}`, () => {
    assertEquals(watch(conversation), []);
  });
}

Deno.test("the stock lab's conversation has notes alone, and is known as the lab's", () => {
  const findings = watch(LAB);
  assertEquals(new Set(findings.map(({ severity }) => severity)), new Set(["note"]));
  assertEquals(
    new Set(findings.map(({ rule }) => rule)),
    new Set([
      "rtsp-line-ending-lf",
      "rtsp-no-final-newline",
      "rtsp-url-relative",
      "rtsp-transport-lab",
      "rtsp-transport-space",
    ]),
  );
});

Deno.test("what a lab asks before SETUP is held to the lab's form already", () => {
  const describe = "DESCRIBE movie.Mjpeg RTSP/1.0\nCSeq: 0";
  const reDescribe = "RTSP/1.0 501 Not Implemented\nCSeq: 0\nSession: 0\n";
  const findings = watch({ describe, reDescribe, ...LAB });
  assertEquals(findings.filter(({ severity }) => severity !== "note"), []);
  const describedOnly = watch({ describe: describe.replace("movie", "rtsp://127.0.0.1/movie") });
  assertEquals(describedOnly.map(({ rule, severity }) => `${severity} ${rule}`).slice(0, 2), [
    "error rtsp-no-final-newline",
    "warning rtsp-line-ending-lf",
  ]);
});

Deno.test("values without names are not shown as a Transport that nobody wrote", () => {
  const rules = watch({ setup: "SETUP movie.Mjpeg\n1\n RTSP/1.0 RTP/UDP 25001" })
    .map(({ rule }) => rule);
  assertEquals(rules.filter((rule) => rule.startsWith("rtsp-transport")), []);
  assertEquals(rules.includes("rtsp-no-header-names"), true);
});

Deno.test("PLAY with Range while playing asks for something", () => {
  const pause = LAB.pause!.replace("PAUSE", "PLAY") + "\nRange: npt=20-";
  assertEquals(watch({ ...LAB, pause }).filter(({ severity }) => severity !== "note"), []);
});

Deno.test("the same letters are errors where Transport asks for the standard", () => {
  const setup = LAB.setup!.replace(
    "RTP/UDP; client_port= 25000",
    "RTP/AVP;unicast;client_port=6000",
  );
  const rules = watch({ ...LAB, setup }).filter(({ severity }) => severity === "error");
  assertEquals(
    new Set(rules.map(({ rule }) => rule)),
    new Set([
      "rtsp-no-final-newline",
      "rtsp-url-relative",
      "rtsp-transport-missing-reply",
    ]),
  );
});

Deno.test("only the side that is to blame is blamed", () => {
  const spoilt = Object.fromEntries(
    Object.entries(STANDARD).map(([name, text]) => [name, text.replaceAll("\r\n", "\n")]),
  );
  const sides = (peer: "client" | "server" | "both") =>
    new Set(watch(spoilt, { peer }).map(({ where }) => where.stream));
  assertEquals(sides("client"), new Set(["client"]));
  assertEquals(sides("server"), new Set(["server"]));
  assertEquals(sides("both"), new Set(["client", "server"]));
});

Deno.test("a mistake in every message is one finding with a count", () => {
  const finding = watch(LAB).find(({ rule, where }) =>
    rule === "rtsp-line-ending-lf" && where.stream === "client"
  );
  assertEquals(finding?.count, 4);
  assertEquals(finding?.where, { kind: "message", number: 1, timeMs: 10, stream: "client" });
});

Deno.test("a server that grants what is not valid is blamed for it", () => {
  const rules = watch({
    play: STANDARD.play!.replace(/Session.*\r\n/, ""),
    rePlay: STANDARD.rePlay!,
  });
  assertEquals(
    rules.map(({ rule, where }) => `${rule} ${where.stream}`),
    ["rtsp-state client", "rtsp-state-accepted server"],
  );
});

Deno.test("a request that is refused leaves the state as it was", () => {
  const { setup, reSetup, play } = STANDARD;
  const rules = watch({
    setup: setup!,
    reSetup: reSetup!.replace("200 OK", "404 Not Found"),
    play: play!.replace("CSeq: 5", "CSeq: 4"),
  });
  assertEquals(rules.map(({ rule }) => rule), ["rtsp-state"]);
});

Deno.test("a conversation that is watched from its middle is not accused of having no beginning", () => {
  const { play, rePlay, pause, rePause, teardown, reTeardown } = STANDARD;
  const late = {
    play: play!,
    rePlay: rePlay!,
    pause: pause!.replace("CSeq: 7", "CSeq: 6"),
    rePause: rePause!.replace("CSeq: 7", "CSeq: 6"),
    teardown: teardown!.replace("CSeq: 8", "CSeq: 7"),
    reTeardown: reTeardown!.replace("CSeq: 8", "CSeq: 7"),
  };
  assertEquals(watch(late), []);
});

Deno.test("a description behind a blank line, without Content-Length, is named", () => {
  const rules = watch({
    ...LAB,
    describe: "DESCRIBE movie.Mjpeg RTSP/1.0\nCSeq: 5\nSession: 453211\n\n",
    reDescribe: "RTSP/1.0 200 OK\nCSeq: 5\nSession: 453211\n\nprotocol=RTP\nversion=2\n",
  }).filter(({ severity }) => severity === "warning");
  assertEquals(rules.map(({ rule }) => rule), ["rtsp-content-length-missing", "sdp-not-sdp"]);
});

Deno.test("STOP as reset: CSeq may begin anew after TEARDOWN", () => {
  const again = Object.fromEntries(
    Object.entries(LAB).map(([name, text]) => [
      `${name}2`,
      text.replace("453211", "998877"),
    ]),
  );
  const severities = watch({ ...LAB, ...again }).map(({ severity }) => severity);
  assertEquals(new Set(severities), new Set(["note"]));
});

const URL = "rtsp://127.0.0.1/film";
const TRANSPORT = "Transport: RTP/AVP;unicast;client_port=5000-5001";

/** Requests as "METHOD path session", each answered with the session that follows "> ". */
function sessions(...steps: string[]): string[] {
  const texts = steps.flatMap((step, i): [string, string][] => {
    const [asked, given = ""] = step.split(">").map((part) => part.trim());
    const [method, path, session] = asked!.split(" ");
    const head = (id: string | undefined) =>
      `CSeq: ${i + 1}\r\n${id === undefined || id === "" ? "" : `Session: ${id}\r\n`}`;
    const isSetup = method === "SETUP";
    const status = given === "454" ? "454 Session Not Found" : "200 OK";
    return [
      [
        `request${i}`,
        `${method} ${URL}${path} RTSP/1.0\r\n${head(session)}${
          isSetup ? TRANSPORT + "\r\n" : ""
        }\r\n`,
      ],
      [
        `reReply${i}`,
        `RTSP/1.0 ${status}\r\n${head(given === "454" ? "" : given)}${
          isSetup ? `${TRANSPORT};server_port=6000-6001\r\n` : ""
        }\r\n`,
      ],
    ];
  });
  return watch(Object.fromEntries(texts)).map(({ rule }) => rule);
}

Deno.test("two sessions of one connection have a state each", () => {
  const both = [
    "SETUP /1 > 11111111",
    "PLAY / 11111111 > 11111111",
    "SETUP /2 > 22222222",
    "PLAY / 22222222 > 22222222",
    "TEARDOWN / 11111111 >",
    "PAUSE / 22222222 > 22222222",
  ];
  assertEquals(sessions(...both), []);
  assertEquals(sessions(...both, "PAUSE / 11111111 > 454"), ["rtsp-state"]);
  assertEquals(sessions(...both, "PAUSE / 22222222 > 22222222"), ["rtsp-state-repeated"]);
});

Deno.test("streams of a session may be played, paused and torn down one by one", () => {
  const ready = ["SETUP /1 > 11111111", "SETUP /2 11111111 > 11111111"];
  assertEquals(
    sessions(...ready, "TEARDOWN /2 11111111 > 11111111", "PLAY / 11111111 > 11111111"),
    [],
  );
  const alone = [
    "PLAY /1 11111111 > 11111111",
    "PLAY /2 11111111 > 11111111",
    "PAUSE /1 11111111 > 11111111",
    "PAUSE /2 11111111 > 11111111",
    "PLAY / 11111111 > 11111111",
    "TEARDOWN /1 11111111 > 11111111",
    "PAUSE /2 11111111 > 11111111",
    "TEARDOWN /2 11111111 > 11111111",
  ];
  assertEquals(sessions(...ready, ...alone), []);
  assertEquals(sessions(...ready, ...alone, "PLAY / 11111111 > 454"), ["rtsp-state"]);
});

Deno.test("two SETUPs without a session that lead to one are one", () => {
  assertEquals(
    sessions(
      "SETUP /1 > 11111111",
      "SETUP /2 > 11111111",
      "PLAY / 11111111 > 11111111",
      "PAUSE / 11111111 > 11111111",
    ),
    [],
  );
});

Deno.test("RECORD leads to where PLAY does", () => {
  const recording = ["SETUP /1 > 11111111", "RECORD / 11111111 > 11111111"];
  assertEquals(sessions(...recording, "PAUSE / 11111111 > 11111111"), []);
  assertEquals(sessions("RECORD / > 454"), ["rtsp-state"]);
});

Deno.test("an empty line of a description is malformed, and not missing as well", () => {
  const [head] = STANDARD.reDescribe!.split("Content-Length");
  const reDescribe = withBody(head!, DESCRIPTION.replace("s=Two streams", "s="));
  const rules = added(STANDARD, { reDescribe });
  assertEquals(rules.map(({ rule }) => rule), ["sdp-line-malformed"]);
});

Deno.test("silence is reported by whoever waited", () => {
  const findings = new Findings();
  const observer = new RtspObserver(findings, { peer: "server", dialect: "lab" });
  observer.silence("PAUSE", 2, { number: 0, timeMs: 5000 });
  observer.noMedia(3, { number: 0, timeMs: 9000 });
  assertEquals(
    findings.list().map(({ rule, seen, where }) => [rule, seen, where.kind, where.timeMs]),
    [
      [
        "rtsp-media-missing",
        "200 to PLAY, then no RTP for 3 s: the server may not have the file",
        "session",
        9000,
      ],
      ["rtsp-reply-missing", "no reply to PAUSE within 2 s", "session", 5000],
    ],
  );
});

Deno.test("arbitrary bytes never throw", () => {
  const line = fc.constantFrom(
    ...Object.values(STANDARD),
    ...Object.values(LAB),
    "SETUP x RTSP/1.0\r\nTransport: ;;=,\r\nSession: ;\r\nCSeq: -1\r\n\r\n",
    "RTSP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nv=0\nm=\na=",
  );
  const bytes = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      line.map((text) => Uint8Array.from(text, (c) => c.charCodeAt(0))),
      fc.tuple(line, fc.nat(400)).map(([text, at]) =>
        Uint8Array.from(text.slice(0, at), (c) => c.charCodeAt(0))
      ),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom("client" as const, "server" as const), (chunks, side) => {
      const findings = new Findings();
      const observer = new RtspObserver(findings, { peer: "both" });
      const parser = new RtspParser();
      for (const chunk of chunks) {
        for (const message of parser.push(chunk)) {
          observer.message(message, side, { number: 1, timeMs: 0 });
        }
        const pending = parser.takePending();
        if (pending !== undefined) observer.message(pending, side, { number: 2, timeMs: 1 });
      }
      findings.list();
    }),
    { seed: 4711, numRuns: 400 },
  );
});

Deno.test("escapes in a session that the server gave do not reach the terminal", () => {
  const evil = (text: string) => text.replace("q8fP2mKxT0", "q8fP2m\x1b[31mKxT0");
  const findings = watch({
    ...STANDARD,
    reSetup: evil(STANDARD.reSetup!),
    reSetup2: evil(STANDARD.reSetup2!),
  });
  const unknown = findings.find(({ rule }) => rule === "rtsp-session-unknown");
  assertStringIncludes(unknown!.seen, "where the server gave q8fP2m");
  assertEquals(findings.filter(({ seen }) => seen.includes("\x1b")), []);
});
