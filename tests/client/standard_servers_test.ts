/** Standard servers with the demands and the habits that such servers have, against a real player. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { createHash } from "node:crypto";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import {
  clientPort,
  DatagramSender,
  headerOf,
  rtp,
  type ScriptedConnection,
  ScriptedServer,
} from "../support/scripted_server.ts";
import {
  frame,
  gotSound,
  methodOf,
  PACKETS,
  reply,
  SDP,
  serveStandard,
  SOUND,
  urlOf,
  withServer,
} from "../support/standard_script.ts";
import { runCases, WatchedPlayer } from "../support/watched_player.ts";

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Checks an Authorization header as RFC 7616 has it. */
function digestIsRight(request: string, hash: (text: string) => string, nonce: string): boolean {
  const header = headerOf(request, "Authorization") ?? "";
  const value = (name: string): string =>
    new RegExp(`\\b${name}="?([^",]*)`).exec(header)?.[1] ?? "";
  const ha1 = hash("ann:cinema:s3cret");
  const ha2 = hash(`${methodOf(request)}:${urlOf(request)}`);
  const tail = header.includes("qop=") ? `${nonce}:${value("nc")}:${value("cnonce")}:auth` : nonce;
  return header.startsWith("Digest ") && value("uri") === urlOf(request) &&
    value("response") === hash(`${ha1}:${tail}:${ha2}`);
}

const AUTHORIZATION: {
  name: string;
  challenge: string[];
  isRight: (request: string) => boolean;
}[] = [
  {
    name: "Basic",
    challenge: ['WWW-Authenticate: Basic realm="cinema"'],
    isRight: (request) => headerOf(request, "Authorization") === `Basic ${btoa("ann:s3cret")}`,
  },
  {
    name: "Digest MD5 of RFC 2617",
    challenge: ['WWW-Authenticate: Digest realm="cinema", nonce="n1"'],
    isRight: (request) => digestIsRight(request, md5, "n1"),
  },
  {
    name: "Digest MD5 with qop",
    challenge: ['WWW-Authenticate: Digest realm="cinema", nonce="n2", qop="auth", algorithm=MD5'],
    isRight: (request) => digestIsRight(request, md5, "n2"),
  },
  {
    name: "Digest SHA-256 before MD5 and Basic",
    challenge: [
      'WWW-Authenticate: Basic realm="cinema"',
      'WWW-Authenticate: Digest realm="cinema", nonce="n3", qop="auth", algorithm=MD5',
      'WWW-Authenticate: Digest realm="cinema", nonce="n3", qop="auth", algorithm=SHA-256',
    ],
    isRight: (request) => digestIsRight(request, sha256, "n3"),
  },
];

Deno.test("name and password from the URL, by each scheme, in every request", async () => {
  await runCases(AUTHORIZATION, async ({ challenge, isRight }) => {
    const special = (request: string): string | undefined =>
      isRight(request) ? undefined : reply(request, "401 Unauthorized", challenge);
    await withServer({ special, datagrams: PACKETS }, async (player, server) => {
      await player.session.play();
      await gotSound(player);
      await player.session.teardown();
      const refused = server.requests.filter((request) => !isRight(request));
      assertEquals(refused.length, 1);
      assert(server.requests.every((request) => !request.includes("s3cret@")));
    }, { userInfo: "ann:s3cret@" });
  });
});

Deno.test("a nonce that grows stale is replaced", async () => {
  let nonce = "first";
  const special = (request: string): string | undefined => {
    if (methodOf(request) === "PLAY" && nonce === "first") nonce = "second";
    if (digestIsRight(request, md5, nonce)) return undefined;
    return reply(request, "401 Unauthorized", [
      `WWW-Authenticate: Digest realm="cinema", nonce="${nonce}", stale=${nonce === "second"}`,
    ]);
  };
  await withServer({ special, datagrams: PACKETS }, async (player) => {
    await player.session.play();
    await gotSound(player);
  }, { userInfo: "ann:s3cret@" });
});

Deno.test("without a name, or with a wrong one, the player says what is missing", async () => {
  const special = (request: string): string =>
    reply(request, "401 Unauthorized", ['WWW-Authenticate: Digest realm="cinema", nonce="n"']);
  await withServer({ special }, async (player) => {
    await assertRejects(() => player.session.play(), Error, "wants a name and a password");
  });
  await withServer({ special }, async (player, server) => {
    await assertRejects(() => player.session.play(), Error, "refuses the name or the password");
    assertEquals(server.requests.length, 2);
  }, { userInfo: "ann:wrong@" });
});

Deno.test("redirections are followed, on the same server and to another", async () => {
  await using other = new ScriptedServer((connection) =>
    serveStandard({ datagrams: PACKETS }, connection)
  );
  const cases = [
    {
      name: "another path",
      location: () => "/moved/film",
      at: /^DESCRIBE rtsp:\/\/127\.0\.0\.1:\d+\/moved\/film /,
    },
    {
      name: "another server",
      location: () => `rtsp://127.0.0.1:${other.port}/there`,
      at: /^DESCRIBE rtsp:\/\/127\.0\.0\.1:\d+\/there /,
    },
  ];
  await runCases(cases, async ({ location, at }) => {
    const special = (request: string): string | undefined =>
      methodOf(request) === "DESCRIBE" && urlOf(request).endsWith("/film") &&
        !urlOf(request).includes("moved")
        ? reply(request, "302 Found", [`Location: ${location()}`])
        : undefined;
    await withServer({ special, datagrams: PACKETS }, async (player, server) => {
      await player.session.play();
      await gotSound(player);
      const last = [...server.requests, ...other.requests].filter((request) => at.test(request));
      assertEquals(last.length, 1);
      assertEquals(headerOf(last[0]!, "CSeq"), "1");
      assertMatch(player.remarks.join(" "), /redirects to/);
      await player.session.teardown();
    });
  });
});

Deno.test("SETUP and PLAY are redirected as well: the other server is asked from the beginning", async () => {
  const cases = [
    { name: "SETUP, to the track", method: "SETUP", where: "/there/track1" },
    { name: "SETUP, to the presentation", method: "SETUP", where: "/there" },
    { name: "PLAY", method: "PLAY", where: "/there" },
  ];
  await runCases(cases, async ({ method, where }) => {
    await using other = new ScriptedServer((connection) =>
      serveStandard({ datagrams: PACKETS, session: "other9" }, connection)
    );
    const special = (request: string): string | undefined =>
      methodOf(request) === method
        ? reply(request, "302 Found", [`Location: rtsp://127.0.0.1:${other.port}${where}`])
        : undefined;
    await withServer({ special }, async (player, server) => {
      await player.session.play();
      await gotSound(player);
      assertEquals(other.requests.map(methodOf), ["DESCRIBE", "SETUP", "PLAY"]);
      assertMatch(other.requests[0]!, /^DESCRIBE \S+\/there\/? RTSP\/1\.0\r\nCSeq: 1\r\n/);
      assertEquals(headerOf(other.requests[2]!, "Session"), "other9");
      // A session that had begun is ended.
      const before = method === "PLAY" ? ["SETUP", "PLAY", "TEARDOWN"] : ["SETUP"];
      assertEquals(server.requests.map(methodOf), ["DESCRIBE", ...before]);
      await player.session.pause();
      await player.session.teardown();
      assertEquals(methodOf(other.requests.at(-1)!), "TEARDOWN");
    });
  });
});

Deno.test("a redirection that does not say where is refused in words", async () => {
  for (const method of ["DESCRIBE", "SETUP", "PLAY"]) {
    const special = (request: string): string | undefined =>
      methodOf(request) === method ? reply(request, "302 Moved Temporarily") : undefined;
    await withServer({ special }, async (player) => {
      await assertRejects(
        () => player.session.play(),
        Error,
        `302 Moved Temporarily to ${method} and does not say where`,
      );
    });
  }
});

Deno.test("a server that redirects for ever is given up", async () => {
  const special = (request: string): string =>
    reply(request, "301 Moved Permanently", [`Location: ${urlOf(request)}x`]);
  await withServer({ special }, async (player) => {
    await assertRejects(() => player.session.play(), Error, "redirects more than 5 times");
  });
});

Deno.test("a name and a password do not follow to another host", async () => {
  await using other = new ScriptedServer(
    (connection) =>
      connection.answer((request) =>
        reply(request, "401 Unauthorized", ['WWW-Authenticate: Basic realm="x"'])
      ),
    "127.0.0.2",
  );
  const special = (request: string): string =>
    reply(request, "302 Found", [`Location: rtsp://127.0.0.2:${other.port}/there`]);
  await withServer({ special }, async (player) => {
    await assertRejects(() => player.session.play(), Error, "wants a name and a password");
    assert(other.requests.every((request) => headerOf(request, "Authorization") === undefined));
  }, { userInfo: "ann:s3cret@" });
});

Deno.test("control URLs: joined as RFC 3986 has it, then simply put together", async () => {
  const cases = [
    { name: "a base with a slash", base: "/a/film/", right: "/a/film/track1" },
    { name: "joined", base: "/a/film", right: "/a/track1" },
    { name: "put together", base: "/a/film", right: "/a/film/track1" },
    { name: "no Content-Base", base: null, right: "/film/track1" },
    { name: "a file's name for a base", base: "film.Mjpeg", right: "/film/track1" },
    { name: "a base without a scheme", base: "127.0.0.1:8554/a/", right: "/film/track1" },
  ];
  await runCases(cases, async ({ base, right }) => {
    let port = 0;
    const special = (request: string): string | undefined => {
      if (methodOf(request) !== "SETUP") return undefined;
      return urlOf(request) === `rtsp://127.0.0.1:${port}${right}`
        ? undefined
        : reply(request, "404 Not Found");
    };
    const script = {
      special,
      datagrams: PACKETS,
      get contentBase() {
        return base?.startsWith("/") === true ? `rtsp://127.0.0.1:${port}${base}` : base;
      },
    };
    await withServer(script, async (player, server) => {
      port = server.port;
      await player.session.play();
      await gotSound(player);
    });
  });
});

Deno.test("a server that reads three lines finds Transport, then Session, in the third", async () => {
  const special = (request: string): string | undefined => {
    const name = methodOf(request) === "SETUP" ? "Transport: " : "Session: ";
    const isThere = request.split("\r\n")[2]!.startsWith(name);
    return methodOf(request) === "DESCRIBE" || isThere
      ? undefined
      : reply(request, "400 Bad Request");
  };
  await withServer({ special, datagrams: PACKETS }, async (player) => {
    await player.session.play(1);
    await gotSound(player);
    await player.session.pause();
    await player.session.teardown();
  });
});

Deno.test("461 to UDP: TCP it is", async () => {
  const special = (request: string): string | undefined =>
    methodOf(request) === "SETUP" && !request.includes("TCP")
      ? reply(request, "461 Unsupported Transport")
      : undefined;
  const interleaved = async (connection: ScriptedConnection): Promise<void> => {
    for (const packet of PACKETS) await connection.send(frame(0, packet));
  };
  await withServer({ special, interleaved }, async (player) => {
    await player.session.play();
    await gotSound(player);
    assertEquals(player.snapshot.transport, "TCP interleaved");
    assertMatch(player.remarks.join(" "), /refuses UDP; TCP it is/);
  });
});

Deno.test("nothing over UDP within the timeout: the same over TCP, from where it was asked", async () => {
  const interleaved = async (connection: ScriptedConnection): Promise<void> => {
    if (!connection.requests.some((request) => request.includes("interleaved"))) return;
    for (const packet of PACKETS) await connection.send(frame(0, packet));
  };
  await withServer({ interleaved }, async (player, server) => {
    await player.session.play(2.5);
    await gotSound(player);
    assertEquals(player.snapshot.transport, "TCP interleaved");
    assertMatch(player.remarks.join(" "), /no RTP in 0\.4 s over UDP; TCP it is/);
    const plays = server.requests.filter((request) => methodOf(request) === "PLAY");
    assertEquals(plays.map((request) => headerOf(request, "Range")), ["npt=2.5-", "npt=2.5-"]);
    const methods = server.requests.map(methodOf);
    assertEquals(methods.slice(0, 4), ["DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]);
  }, { timeoutMs: 400 });
});

Deno.test("asked for UDP, it stays with UDP and says what may be wrong", async () => {
  await withServer({}, async (player) => {
    await player.session.play();
    assertMatch(await player.over(), /no RTP in 0\.4 s: a firewall may drop UDP/);
  }, { timeoutMs: 400, transport: "udp" });
});

Deno.test("junk between interleaved frames, and frames of channels nobody asked for", async () => {
  const interleaved = async (connection: ScriptedConnection): Promise<void> => {
    for (const [i, packet] of PACKETS.entries()) {
      if (i % 4 === 1) await connection.send("\r\n");
      if (i % 4 === 2) await connection.send(Uint8Array.of(0, 1, 2, 0x24, 0x99, 3, 4));
      if (i % 4 === 3) await connection.send("what is this\r\n");
      // A frame in pieces, as TCP likes to have it.
      const bytes = frame(0, packet);
      await connection.send(bytes.subarray(0, 3), bytes.subarray(3));
    }
  };
  await withServer({ interleaved }, async (player) => {
    await player.session.play();
    await gotSound(player);
    player.sound.forEach((_, i) => assert(i < PACKETS.length));
    await player.session.pause();
    assertEquals(player.snapshot.state, "Ready");
  }, { transport: "tcp" });
});

Deno.test("a server's own requests are answered, in the middle of frames", async () => {
  const interleaved = async (connection: ScriptedConnection): Promise<void> => {
    await connection.send(frame(0, PACKETS[0]!));
    await connection.send("OPTIONS * RTSP/1.0\r\nCSeq: 71\r\n\r\n");
    await connection.send(
      "PLAY_NOTIFY rtsp://x/film RTSP/1.0\r\nCSeq: 72\r\nSession: abc123\r\n\r\n",
    );
    await connection.send("RECORD rtsp://x/film RTSP/1.0\r\nCSeq: 73\r\n\r\n");
    await connection.send(...PACKETS.slice(1).map((packet) => frame(0, packet)));
  };
  await withServer({ interleaved }, async (player, server) => {
    await player.session.play();
    await gotSound(player);
    await player.session.teardown();
    const said = server.requests.join("");
    assertMatch(said, /RTSP\/1\.0 200 OK\r\nCSeq: 71\r\n/);
    assertMatch(said, /RTSP\/1\.0 200 OK\r\nCSeq: 72\r\nSession: abc123\r\n/);
    assertMatch(said, /RTSP\/1\.0 501 [^\r]+\r\nCSeq: 73\r\n/);
  }, { transport: "tcp" });
});

Deno.test("signs of life name the session, in half its time, also while paused", async () => {
  await withServer({ session: "abc123;timeout=1", datagrams: PACKETS }, async (player, server) => {
    await player.session.play();
    const alive = () => server.requests.filter((request) => /^(OPTIONS|GET_)/.test(request));
    await player.until(() => alive().length >= 2, "two signs of life");
    await player.session.pause();
    const before = alive().length;
    await player.until(() => alive().length > before, "another one");
    assert(alive().every((request) => headerOf(request, "Session") === "abc123"));
  });
});

Deno.test("a session timeout of nothing is none", async () => {
  await withServer({ session: "abc123;timeout=0", datagrams: PACKETS }, async (player, server) => {
    await player.session.play();
    await gotSound(player);
    assertEquals(server.requests.map(methodOf), ["DESCRIBE", "SETUP", "PLAY"]);
  });
});

Deno.test("a server that has forgotten the session is not asked for ever", async () => {
  const special = (request: string): string | undefined =>
    /^(OPTIONS|GET_)/.test(request) ? reply(request, "454 Session Not Found") : undefined;
  const script = { special, session: "abc123;timeout=1", datagrams: PACKETS };
  await withServer(script, async (player) => {
    await player.session.play();
    assertStringIncludes(await player.over(), "has forgotten the session");
    assertEquals(player.snapshot.state, "Init");
  });
});

const TWO_TRACKS = SDP + ["m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=control:track2", ""]
  .join("\r\n");

Deno.test("a track that is refused is left out, with a word", async () => {
  const special = (request: string): string | undefined =>
    urlOf(request).endsWith("track2") ? reply(request, "415 Unsupported Media Type") : undefined;
  await withServer({ sdp: TWO_TRACKS, special, datagrams: PACKETS }, async (player) => {
    await player.session.play();
    await gotSound(player);
    assertMatch(
      player.remarks.join("\n"),
      /refuses track 2 \(video H264\): 415 Unsupported Media Type/,
    );
  });
});

Deno.test("a codec that cannot be shown is received, counted and explained", async () => {
  const sdp = SDP.replace("RTP/AVP 0", "RTP/AVP 97").replace(
    "a=control",
    "a=rtpmap:97 mpeg4-generic/44100/2\r\na=control",
  );
  const datagrams = SOUND.map((payload, i) =>
    rtp({ payloadType: 97, sequence: i, timestamp: i * 1024, marker: true }, payload)
  );
  await withServer({ sdp, datagrams }, async (player) => {
    await player.session.play();
    await player.until(
      () => player.snapshot.statistics[0]!.packetsReceived === datagrams.length,
      "all packets",
    );
    const [track] = player.snapshot.tracks;
    assertEquals([track?.encodingName, track?.playable], ["mpeg4-generic", false]);
    const [statistics] = player.snapshot.statistics;
    assertEquals([statistics?.packetsLost, statistics?.frames], [0, datagrams.length]);
    assertEquals(player.sound.length, 0);
    assertMatch(player.remarks.join("\n"), /audio in mpeg4-generic: it is received and counted/);
    const media = player.events.flatMap((event) => event.type === "media" ? [event.data] : []);
    assertEquals(media, SOUND);
  });
});

Deno.test("every payload type of the m= line may come, and comfort noise; another one may not", async () => {
  const sdp = SDP.replace("RTP/AVP 0", "RTP/AVP 0 101").replace(
    "a=control",
    "a=rtpmap:101 telephone-event/8000\r\na=control",
  );
  const withTypes = (types: Readonly<Record<number, number>>) =>
    SOUND.map((payload, i) =>
      rtp({ payloadType: types[i] ?? 0, sequence: 30_000 + i, timestamp: i * 160 }, payload)
    );
  for (const [types, count] of [[{ 2: 101, 3: 13 }, 0], [{ 2: 102 }, 1]] as const) {
    const datagrams = withTypes(types);
    await withServer({ sdp, datagrams }, async (player) => {
      await player.session.play();
      await player.until(
        () => player.snapshot.statistics[0]!.packetsReceived === datagrams.length,
        "all packets",
      );
      const named = player.session.findings().filter(({ rule }) => rule.includes("payload-type"));
      assertEquals(named.length, count);
    });
  }
});

Deno.test("a server without RTSP 2.0 is asked in 1.0", async () => {
  const special = (request: string): string | undefined =>
    request.includes("RTSP/2.0")
      ? reply(request, "505 RTSP Version Not Supported").replace("RTSP/2.0", "RTSP/1.0")
      : undefined;
  await withServer({ special, datagrams: PACKETS }, async (player) => {
    await player.session.play();
    await gotSound(player);
    assertMatch(player.remarks.join(" "), /does not speak RTSP 2\.0/);
  }, { rtspVersion: "2.0" });
});

Deno.test("IPv6 in the URL", async () => {
  await using server = new ScriptedServer(async (connection) => {
    await connection.answer(async (request) => {
      switch (methodOf(request)) {
        case "DESCRIBE":
          return reply(request, "200 OK", [], SDP);
        case "PLAY":
          setTimeout(async () => {
            using sender = new DatagramSender(
              clientPort(server.requests.find((one) => methodOf(one) === "SETUP")!),
              "::1",
            );
            await sender.send(PACKETS);
          }, 5);
      }
      return await Promise.resolve(reply(request, "200 OK", ["Session: 1"]));
    });
  }, "::1");
  await using player = new WatchedPlayer({ url: `rtsp://[::1]:${server.port}/film` });
  await player.session.play();
  await gotSound(player);
  assertMatch(server.requests[0]!, /^DESCRIBE rtsp:\/\/\[::1\]:\d+\/film RTSP/);
});

Deno.test("a server that dies while playing, and one that says nothing", async () => {
  const interleaved = async (connection: ScriptedConnection): Promise<void> => {
    await connection.send(frame(0, PACKETS[0]!));
    connection.close();
  };
  await withServer({ interleaved }, async (player) => {
    await player.session.play().catch(() => {});
    assertStringIncludes(await player.over(), "the server closed the connection while playing");
    assertEquals(player.snapshot.state, "Init");
  }, { transport: "tcp" });
  await withServer({ special: () => "" }, async (player) => {
    await assertRejects(() => player.session.play(), Error, "no reply to DESCRIBE in 0.3 s");
  }, { timeoutMs: 300, dialect: "standard" });
});

Deno.test("TEARDOWN while the server keeps silent gives up at once", async () => {
  await withServer({ special: () => "" }, async (player, server) => {
    const playing = assertRejects(() => player.session.play(), Error, "stopped before");
    await player.until(() => server.requests.length === 1, "a request");
    const before = performance.now();
    await player.session.teardown();
    await playing;
    assert(performance.now() - before < 1000);
    assertEquals(player.snapshot.condition, "idle");
  }, { timeoutMs: 20_000 });
});

Deno.test("receiver reports come from the pair's second port and say goodbye at the end", async () => {
  using reports = new DatagramSender(9);
  const special = (request: string): string | undefined =>
    methodOf(request) === "SETUP"
      ? reply(request, "200 OK", [
        "Session: 1",
        `Transport: ${headerOf(request, "Transport")};server_port=${
          reports.port - 1
        }-${reports.port}`,
      ])
      : undefined;
  let port = 0;
  await using server = new ScriptedServer((connection) =>
    connection.answer((request) => {
      if (methodOf(request) === "SETUP") port = clientPort(request);
      if (methodOf(request) === "DESCRIBE") return reply(request, "200 OK", [], SDP);
      if (methodOf(request) === "PLAY") {
        setTimeout(async () => {
          using sender = new DatagramSender(port);
          await sender.send(PACKETS.filter((_, i) => i !== 5));
        }, 5);
      }
      return special(request) ?? reply(request, "200 OK", ["Session: 1"]);
    })
  );
  await using player = new WatchedPlayer({ url: `rtsp://127.0.0.1:${server.port}/film` });
  await player.session.play();
  await player.until(
    () => player.snapshot.statistics[0]!.packetsReceived === PACKETS.length - 1,
    "all packets but one",
  );
  const received = reports.receive();
  await player.session.teardown();
  const datagram = await received;
  const view = new DataView(datagram.buffer, datagram.byteOffset);
  // RR with one block: about SSRC 1337, one of twenty lost, up to 1019.
  assertEquals([datagram[0], datagram[1], view.getUint32(8)], [0x81, 201, 1337]);
  assertEquals([datagram[12], view.getUint32(12) & 0xffffff], [Math.floor(256 / 20), 1]);
  assertEquals(view.getUint32(16), 1019);
  const types: number[] = [];
  for (let at = 0; at < datagram.length; at += 4 + 4 * view.getUint16(at + 2)) {
    types.push(datagram[at + 1]!);
  }
  assertEquals(types, [201, 202, 203]);
  assert(encodeText("reel-").every((byte) => datagram.includes(byte)));
});

const BYE = concatBytes([
  Uint8Array.of(0x80, 201, 0, 1, 0, 0, 5, 57),
  Uint8Array.of(0x81, 203, 0, 1, 0, 0, 5, 57),
]);

Deno.test("a goodbye between PLAY and its reply does not end what begins", async () => {
  const cases = [
    { name: "packets follow, and their goodbye", packets: PACKETS },
    { name: "nothing follows", packets: [] },
  ];
  await runCases(cases, async ({ packets }) => {
    let port = 0;
    const special = async (request: string): Promise<string | undefined> => {
      if (methodOf(request) === "SETUP") port = clientPort(request);
      if (methodOf(request) !== "PLAY") return undefined;
      const control = new DatagramSender(port + 1);
      await control.send([BYE], 60);
      setTimeout(async () => {
        using sender = new DatagramSender(port);
        await sender.send(packets, 5);
        if (packets.length > 0) await control.send([BYE]);
        control[Symbol.dispose]();
      }, 20);
      return undefined;
    };
    await withServer({ special }, async (player) => {
      await player.session.play();
      assertEquals(player.snapshot.state, "Playing");
      assertEquals(await player.over(), "the server said goodbye (BYE)");
      assertEquals(player.snapshot.statistics[0]?.packetsReceived, packets.length);
    }, { transport: "udp", timeoutMs: 20_000 });
  });
});
