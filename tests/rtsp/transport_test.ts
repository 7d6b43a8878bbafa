import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseTransports, type Transport } from "../../src/rtsp/transport.ts";

type Expected = Partial<Omit<Transport, "parameters">>;

const TRANSPORTS: readonly (readonly [header: string, expected: Expected])[] = [
  ["RTP/AVP;unicast;client_port=4588-4589", {
    specifier: "RTP/AVP",
    kind: "rtp-avp",
    lower: "udp",
    cast: "unicast",
    clientPort: { first: 4588, second: 4589 },
    addressed: false,
  }],
  ["RTP/AVP/UDP;unicast;client_port=4588", {
    kind: "rtp-avp",
    lower: "udp",
    clientPort: { first: 4588 },
  }],
  ["RTP/AVP/TCP;unicast;interleaved=0-1", {
    kind: "rtp-avp",
    lower: "tcp",
    interleaved: { first: 0, second: 1 },
  }],
  ["RTP/AVP;interleaved=2-3", { kind: "rtp-avp", lower: "tcp" }],
  ["RTP/AVP;multicast;ttl=15", { kind: "rtp-avp", cast: "multicast" }],
  [
    'RTP/AVP;unicast;client_port=1-2;server_port=6256-6257;ssrc=2A3F93ED;mode="PLAY";source=192.0.2.1;destination=192.0.2.2',
    {
      serverPort: { first: 6256, second: 6257 },
      ssrc: 0x2a3f93ed,
      mode: "PLAY",
      source: "192.0.2.1",
      destination: "192.0.2.2",
    },
  ],
  ["RTP/UDP; client_port= 25000", {
    specifier: "RTP/UDP",
    kind: "lab-rtp",
    lower: "udp",
    clientPort: { first: 25_000 },
  }],
  ["RTP/UDP;client_port=25000", { kind: "lab-rtp", clientPort: { first: 25_000 } }],
  ["rtp/udp; Client_port= 25000", { kind: "lab-rtp", clientPort: { first: 25_000 } }],
  ["RTP/UDP; client_port = 25000 - 25001", {
    kind: "lab-rtp",
    clientPort: { first: 25_000, second: 25_001 },
  }],
  ["RTP/UDP; client_port: 25000", { kind: "lab-rtp", clientPort: { first: 25_000 } }],
  ["RTP/UDP client_port 25000", {
    specifier: "RTP/UDP",
    kind: "lab-rtp",
    clientPort: { first: 25_000 },
  }],
  ["RTP/UDP, client_port: 25000", { kind: "lab-rtp", clientPort: { first: 25_000 } }],
  ["RTP/UDP: client_port= 25000", { kind: "lab-rtp", clientPort: { first: 25_000 } }],
  ["RTP/UDP; clientPort=25000;", { kind: "lab-rtp", clientPort: { first: 25_000 } }],
  ["RTP/UDP; port=25000", { kind: "lab-rtp", clientPort: { first: 25_000 } }],
  ["RTP/TCP; interleaved=0-1", {
    kind: "lab-rtp",
    lower: "tcp",
    interleaved: { first: 0, second: 1 },
  }],
  ["RTP/TCP; client_port= 25000", {
    kind: "lab-rtp",
    lower: "tcp",
    clientPort: { first: 25_000 },
  }],
  ["RTP/AVP;unicast;client_port=25000-250001", { clientPort: { first: 25_000 } }],
  ['UDP;unicast;dest_addr=":25001"', {
    kind: "labelled-udp",
    cast: "unicast",
    clientPort: { first: 25_001 },
    addressed: true,
  }],
  ['UDP;unicast;dest_addr":25001"', { kind: "labelled-udp", clientPort: { first: 25_001 } }],
  ['UDP;unicast;dest_addr=":25000";src_addr="127.0.1.1:30000"', {
    clientPort: { first: 25_000 },
    serverPort: { first: 30_000 },
    source: "127.0.1.1",
  }],
  ['RTP/AVP/UDP;unicast;dest_addr="192.0.2.53:6970"/"192.0.2.53:6971"', {
    kind: "rtp-avp",
    clientPort: { first: 6970, second: 6971 },
    destination: "192.0.2.53",
    addressed: true,
  }],
  ['RTP/AVP;dest_addr="[2001:db8::1]:5000"/"[2001:db8::1]:5001"', {
    clientPort: { first: 5000, second: 5001 },
    destination: "2001:db8::1",
  }],
  ["RTP/SAVP;unicast;client_port=1-2", { kind: "other" }],
  ["RTP/AVP;client_port=99999", { kind: "rtp-avp" }],
  ["RTP/AVP;client_port=", { kind: "rtp-avp" }],
  ["RTP/AVP;ssrc=xyz", { kind: "rtp-avp" }],
];

Deno.test("transports of the RFCs and of the labs", () => {
  for (const [header, expected] of TRANSPORTS) {
    const [transport, ...more] = parseTransports(header);
    assertEquals(more, [], header);
    for (const [name, value] of Object.entries(expected)) {
      assertEquals(transport?.[name as keyof Transport], value, `${name} of ${header}`);
    }
  }
});

Deno.test("what cannot be read is left out", () => {
  const names = ["clientPort", "ssrc"] as const;
  for (
    const header of [
      "RTP/AVP;client_port=99999",
      "RTP/AVP;client_port=x",
      "RTP/AVP;ssrc=xyz",
      "RTP/AVP;multicast;port=25000",
    ]
  ) {
    const [transport] = parseTransports(header);
    for (const name of names) assertEquals(transport?.[name], undefined, header);
  }
  assertEquals(parseTransports(""), []);
  assertEquals(parseTransports(" , ,"), []);
});

Deno.test("alternatives in the order of preference; commas in quotation marks part nothing", () => {
  const kinds = parseTransports('RTP/SAVP;x="a,b", RTP/AVP/TCP;interleaved=0-1,UDP').map((one) => [
    one.kind,
    one.lower,
  ]);
  assertEquals(kinds, [["other", "udp"], ["rtp-avp", "tcp"], ["labelled-udp", "udp"]]);
});

Deno.test("arbitrary text never throws, and ports are ports", () => {
  const piece = fc.constantFrom(
    "RTP/AVP",
    ";",
    ",",
    "=",
    '"',
    "client_port",
    "dest_addr",
    ":",
    "/",
    "-",
    "9",
    "65536",
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(piece).map((parts) => parts.join(""))), (text) => {
      for (const { clientPort } of parseTransports(text)) {
        if (clientPort !== undefined && clientPort.first > 65_535) throw new Error("no port");
      }
    }),
    { seed: 7, numRuns: 3000 },
  );
});
