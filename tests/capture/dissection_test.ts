import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { formatAddress } from "../../src/capture/address.ts";
import { Dissection } from "../../src/capture/dissection.ts";
import { dissectFrame } from "../../src/capture/link.ts";
import { encodeUdp, pathBetween } from "../../src/capture/packet_builder.ts";

interface Seen {
  readonly source: string;
  readonly destination: string;
  readonly ports: readonly [number, number];
  readonly payload: Uint8Array;
  readonly inIcmp: boolean;
}

/** All datagrams that frames lead to. */
function datagrams(linkType: number, frames: readonly Uint8Array[]): Seen[] {
  const seen: Seen[] = [];
  const d = new Dissection({
    udp: (packet) => {
      seen.push({
        source: formatAddress(packet.sourceAddress()),
        destination: formatAddress(packet.destinationAddress()),
        ports: [packet.sourcePort, packet.destinationPort],
        payload: packet.bytes.slice(packet.start, packet.end),
        inIcmp: packet.inIcmp,
      });
    },
    tcp: () => {},
  });
  frames.forEach((frame, i) => {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    d.begin(frame, view, 0, frame.length, frame.length, i + 1);
    dissectFrame(d, linkType, 0);
  });
  return seen;
}

function bytes(...parts: (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  return concatBytes(parts.map((part) => Uint8Array.from(part)));
}

const PAYLOAD = encodeText("sixteen bytes, ok");
const V4 = pathBetween({ host: "192.0.2.1", port: 5000 }, { host: "198.51.100.7", port: 6000 });
const V6 = pathBetween({ host: "2001:db8::1", port: 5000 }, { host: "2001:db8::2:7", port: 6000 });
const MACS = new Array(12).fill(2);
const IPV4 = encodeUdp(V4, PAYLOAD, 7);
const IPV6 = encodeUdp(V6, PAYLOAD, 7);
const ETHERNET = bytes(MACS, [8, 0], IPV4);

/** An IPv4 header of 20 bytes before something else. */
function ipv4(protocol: number, payload: Uint8Array, fragment = 0): Uint8Array {
  const header = new Uint8Array(20);
  const view = new DataView(header.buffer);
  header.set([0x45], 0);
  view.setUint16(2, 20 + payload.length);
  view.setUint16(4, 99);
  view.setUint16(6, fragment);
  header.set([64, protocol], 8);
  header.set([10, 0, 0, 1, 10, 0, 0, 2], 12);
  return bytes(header, payload);
}

function ipv6(next: number, payload: Uint8Array): Uint8Array {
  const header = new Uint8Array(40);
  header[0] = 0x60;
  new DataView(header.buffer).setUint16(4, payload.length);
  header.set([next, 64], 6);
  header.set(IPV6.subarray(8, 40), 8);
  return bytes(header, payload);
}

function udp(source: number, destination: number, payload: Uint8Array): Uint8Array {
  const header = new Uint8Array(8);
  const view = new DataView(header.buffer);
  view.setUint16(0, source);
  view.setUint16(2, destination);
  view.setUint16(4, 8 + payload.length);
  return bytes(header, payload);
}

const RADIOTAP = [0, 0, 8, 0, 0, 0, 0, 0];
const WLAN = [0x08, 0x01, 0, 0, ...new Array(18).fill(3), 0, 0];
const SNAP = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];

const ROUTE = [4, 0, 0, 0];

const CASES: readonly [name: string, linkType: number, frame: Uint8Array][] = [
  ["Ethernet", 1, ETHERNET],
  ["Ethernet, padded", 1, bytes(ETHERNET, new Array(9).fill(0xee))],
  ["VLAN", 1, bytes(MACS, [0x81, 0, 0, 5, 8, 0], IPV4)],
  ["QinQ", 1, bytes(MACS, [0x88, 0xa8, 0, 9, 0x81, 0, 0, 5, 8, 0], IPV4)],
  ["802.3 with SNAP", 1, bytes(MACS, [0, 8 + IPV4.length], SNAP, IPV4)],
  ["MPLS", 1, bytes(MACS, [0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64], IPV4)],
  ["MPLS pseudowire", 1, bytes(MACS, [0x88, 0x47, 0, 2, 1, 64, 0, 0, 0, 0], ETHERNET)],
  ["PPPoE", 1, bytes(MACS, [0x88, 0x64, 0x11, 0, 0, 1, 0, 2 + IPV4.length, 0, 0x21], IPV4)],
  ["PPP", 9, bytes([0xff, 3, 0, 0x21], IPV4)],
  ["PPP, short protocol", 9, bytes([0x21], IPV4)],
  ["Cisco HDLC", 104, bytes([0x0f, 0, 8, 0], IPV4)],
  ["NULL, this byte order", 0, bytes([2, 0, 0, 0], IPV4)],
  ["LOOP", 108, bytes([0, 0, 0, 2], IPV4)],
  ["RAW", 101, IPV4],
  ["IPv4 alone", 228, IPV4],
  ["SLL", 113, bytes([0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0], IPV4)],
  ["SLL2", 276, bytes([8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0], IPV4)],
  ["NFLOG", 239, bytes([2, 0, 0, 0, 4 + IPV4.length, 0, 9, 0], IPV4)],
  ["802.11", 105, bytes(WLAN, SNAP, IPV4)],
  ["802.11 QoS", 105, bytes([0x88], WLAN.slice(1), [0, 0], SNAP, IPV4)],
  ["radiotap", 127, bytes(RADIOTAP, WLAN, SNAP, IPV4)],
  ["IPIP", 101, ipv4(4, IPV4)],
  ["GRE", 101, ipv4(47, bytes([0, 0, 8, 0], IPV4))],
  [
    "GRE with key and sequence",
    101,
    ipv4(47, bytes([0x30, 0, 8, 0, ...new Array(8).fill(1)], IPV4)),
  ],
  ["GRE with Ethernet", 101, ipv4(47, bytes([0, 0, 0x65, 0x58], ETHERNET))],
  ["VXLAN", 101, ipv4(17, udp(40_000, 4789, bytes([8, 0, 0, 0, 0, 0, 5, 0], ETHERNET)))],
  [
    "Geneve with options",
    101,
    ipv4(17, udp(40_000, 6081, bytes([1, 0, 0x65, 0x58, 0, 0, 5, 0, 1, 2, 3, 4], ETHERNET))),
  ],
  ["GTP-U", 101, ipv4(17, udp(2152, 2152, bytes([0x30, 255, 0, 0, 0, 0, 0, 1], IPV4)))],
  [
    "GTP-U with an extension header",
    101,
    ipv4(
      17,
      udp(2152, 2152, bytes([0x34, 255, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0], IPV4)),
    ),
  ],
  ["VN-Tag", 1, bytes(MACS, [0x89, 0x26, 0, 0, 0, 0, 8, 0], IPV4)],
  ["MAC in MAC", 1, bytes(MACS, [0x88, 0xe7, 0, 0, 0, 5], ETHERNET)],
  ["token ring", 6, bytes([0x10, 0x40], MACS, SNAP, IPV4)],
  [
    "token ring with a route",
    6,
    bytes([16, 64, 2, 2, 2, 2, 2, 2, 130, 2, 2, 2, 2, 2], ROUTE, SNAP, IPV4),
  ],
  ["FDDI", 10, bytes([0x50], MACS, SNAP, IPV4)],
  ["a PPPoE link", 51, bytes([0x11, 0, 0, 1, 0, 2 + IPV4.length, 0, 0x21], IPV4)],
  ["ATM", 100, bytes(SNAP, IPV4)],
  ["Frame Relay", 107, bytes([0x18, 0x41, 3, 0xcc], IPV4)],
  ["Frame Relay with SNAP", 107, bytes([0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0], IPV4)],
  ["BSD's encapsulating interface", 109, bytes([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], IPV4)],
  ["BSD's packet filter log", 117, bytes([5, 2, 0, 0, 0, 0, 0, 0], IPV4)],
  ["Fibre Channel", 122, bytes(new Array(16).fill(0), SNAP, IPV4)],
  ["IEEE 1394", 138, bytes(new Array(16).fill(1), [8, 0], IPV4)],
  ["InfiniBand", 242, bytes(new Array(40).fill(0), [8, 0, 0, 0], IPV4)],
  ["PPI", 192, bytes([0, 0, 8, 0, 1, 0, 0, 0], ETHERNET)],
  ["PPP with a direction", 204, bytes([1, 0xff, 3, 0, 0x21], IPV4)],
  ["Cisco HDLC with a direction", 205, bytes([1, 0x0f, 0, 8, 0], IPV4)],
  ["an MPLS link", 219, bytes([0, 2, 1, 64], IPV4)],
  [
    "radiotap with a padded header",
    127,
    bytes(
      // Time and flags are there; the flags say that the header is padded.
      [0, 0, 17, 0, 3, 0, 0, 0, ...new Array(8).fill(0), 0x20],
      [0x88],
      WLAN.slice(1),
      [0, 0, 0, 0],
      SNAP,
      IPV4,
    ),
  ],
  [
    "an aggregate of 802.11 frames",
    105,
    bytes([0x88], WLAN.slice(1), [0x80, 0], MACS, [0, 8 + IPV4.length], SNAP, IPV4),
  ],
  ["an authentication header", 101, ipv4(51, bytes([4, 1, ...new Array(10).fill(0)], IPV4))],
  ["EtherIP", 101, ipv4(97, bytes([0x30, 0], ETHERNET))],
  ["MPLS in IP", 101, ipv4(137, bytes([0, 2, 1, 64], IPV4))],
  [
    "VXLAN with a protocol",
    101,
    ipv4(17, udp(40_000, 4790, bytes([0x0c, 0, 0, 1, 0, 0, 5, 0], IPV4))),
  ],
  ["MPLS over UDP", 101, ipv4(17, udp(40_000, 6635, bytes([0, 2, 1, 64], IPV4)))],
  ["GRE over UDP", 101, ipv4(17, udp(40_000, 4754, bytes([0, 0, 8, 0], IPV4)))],
  [
    "L2TP",
    101,
    ipv4(17, udp(1701, 1701, bytes([0x40, 2, 0, 12, 0, 5, 0, 6, 0xff, 3, 0, 0x21], IPV4))),
  ],
  ["TZSP", 101, ipv4(17, udp(40_000, 37_008, bytes([1, 0, 0, 1, 0, 10, 1, 7, 1], ETHERNET)))],
];

for (const [name, linkType, frame] of CASES) {
  Deno.test(`a datagram is found behind ${name}, and cut frames do no harm`, () => {
    assertEquals(datagrams(linkType, [frame]), [{
      source: "192.0.2.1",
      destination: "198.51.100.7",
      ports: [5000, 6000],
      payload: PAYLOAD,
      inIcmp: false,
    }]);
    for (let length = 0; length < frame.length; length++) {
      datagrams(linkType, [frame.subarray(0, length)]);
    }
  });
}

const V6_CASES: readonly [name: string, frame: Uint8Array][] = [
  ["nothing", IPV6],
  ["hop-by-hop options", ipv6(0, bytes([17, 0, 1, 4, 0, 0, 0, 0], IPV6.subarray(40)))],
  [
    "routing and destination options",
    ipv6(43, bytes([60, 0, 0, 0, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0], IPV6.subarray(40))),
  ],
  [
    "an authentication header",
    ipv6(51, bytes([17, 1, ...new Array(10).fill(0)], IPV6.subarray(40))),
  ],
  ["an atomic fragment", ipv6(44, bytes([17, 0, 0, 0, 0, 0, 0, 1], IPV6.subarray(40)))],
  ["IPv4 (6in4)", ipv4(41, IPV6)],
  ["Teredo", ipv4(17, udp(40_000, 3544, IPV6))],
  ["Teredo with an origin", ipv4(17, udp(40_000, 3544, bytes([0, 0, 1, 2, 3, 4, 5, 6], IPV6)))],
];

for (const [name, packet] of V6_CASES) {
  Deno.test(`an IPv6 datagram is found behind ${name}`, () => {
    const [seen] = datagrams(101, [packet]);
    assertEquals([seen?.source, seen?.destination], ["2001:db8::1", "2001:db8::2:7"]);
    assertEquals(seen?.payload, PAYLOAD);
  });
}

Deno.test("what an ICMP error quotes is marked, and may be cut", () => {
  const quoted = bytes([3, 3, 0, 0, 0, 0, 0, 0], IPV4.subarray(0, IPV4.length - 4));
  const [seen] = datagrams(101, [ipv4(1, quoted)]);
  assertEquals(seen?.inIcmp, true);
  assertEquals(seen?.payload, PAYLOAD.subarray(0, PAYLOAD.length - 4));
  assertEquals(datagrams(101, [ipv4(1, bytes([8, 0, 0, 0, 0, 0, 0, 0], IPV4))]), []);
});

Deno.test("fragments in any order, some of them twice, give the datagram once", () => {
  const payload = new Uint8Array(200).map((_, i) => i);
  const datagram = udp(5000, 6000, payload);
  const pieces = [0, 48, 96, 144, 192].map((offset) => {
    const part = datagram.subarray(offset, offset + 48);
    const more = offset + 48 < datagram.length ? 0x2000 : 0;
    return ipv4(17, part, more | (offset / 8));
  });
  fc.assert(
    fc.property(
      fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
      fc.array(fc.nat(4), { maxLength: 3 }),
      (order, again) => {
        const frames = [...again.filter((i) => i !== order.at(-1)), ...order];
        const seen = datagrams(101, frames.map((i) => pieces[i]!));
        assertEquals(seen.map(({ payload }) => payload), [payload]);
      },
    ),
    { seed: 51, numRuns: 100 },
  );
});

Deno.test("each frame of an 802.11 aggregate is found", () => {
  const one = bytes(MACS, [0, 8 + IPV4.length], SNAP, IPV4);
  const padding = new Array(-one.length & 3).fill(0);
  const frame = bytes(
    [0x88],
    WLAN.slice(1),
    [0x80, 0],
    ...new Array(20).fill([one, padding]).flat(),
  );
  assertEquals(datagrams(105, [frame]).map(({ payload }) => payload), new Array(20).fill(PAYLOAD));
});

Deno.test("an IPv4 address in an IPv6 one keeps its dots, as inet_ntop prints it", () => {
  const text = (tail: number[]) =>
    formatAddress(Uint8Array.from([...new Array(16 - tail.length).fill(0), ...tail]));
  assertEquals(text([192, 0, 2, 1]), "::192.0.2.1");
  assertEquals(text([0xff, 0xff, 192, 0, 2, 1]), "::ffff:192.0.2.1");
  assertEquals([text([]), text([1]), text([1, 0, 0, 0, 0, 1])], ["::", "::1", "::100:0:1"]);
});

Deno.test("a fragment left over from an earlier datagram of that identification is not joined", () => {
  const piece = (offset: number, fill: number): Uint8Array => {
    const datagram = udp(5000, 6000, new Uint8Array(80).fill(fill));
    const more = offset === 0 ? 0x2000 : 0;
    return ipv4(17, datagram.subarray(offset, offset + 48), more | (offset / 8));
  };
  const old = piece(0, 3);
  const next = [piece(0, 2), piece(48, 2)];
  assertEquals(
    datagrams(101, [old, ...next]).map(({ payload }) => payload),
    [new Uint8Array(80).fill(2)],
  );
  // Long after, in whatever order.
  const others = Array.from({ length: 20_001 }, () => IPV4);
  const late = datagrams(101, [old, ...others, next[1]!, next[0]!]);
  assertEquals(late.at(-1)?.payload, new Uint8Array(80).fill(2));
});

Deno.test("a link type that nobody reads is counted", () => {
  const d = new Dissection({ udp: () => {}, tcp: () => {} });
  d.begin(IPV4, new DataView(IPV4.buffer), 0, IPV4.length, IPV4.length, 1);
  dissectFrame(d, 147, 0);
  assertEquals([...d.unknownLinkTypes], [[147, 1]]);
});

Deno.test("any bytes behind any link type end quietly", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 6, 9, 10, 51, 101, 104, 105, 107, 113, 117, 119, 127, 192, 239, 276),
      fc.constantFrom(...CASES.map(([, , frame]) => frame)),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
      (linkType, frame, changes) => {
        const changed = frame.slice();
        for (const [at, value] of changes) changed[at % changed.length] = value;
        for (const { payload } of datagrams(linkType, [changed])) assert(payload.length <= 65_535);
      },
    ),
    { seed: 52, numRuns: 2000 },
  );
});

Deno.test("the first of fragments is read when it was cut, later ones are not joined", () => {
  const datagram = udp(5000, 6000, new Uint8Array(200).fill(7));
  const first = ipv4(17, datagram.subarray(0, 104), 0x2000);
  const seen: [start: number, end: number, wireEnd: number][] = [];
  const d = new Dissection({
    udp: ({ start, end, wireEnd }) => seen.push([start, end, wireEnd]),
    tcp: () => {},
  });
  const cut = first.slice(0, 60);
  d.begin(cut, new DataView(cut.buffer), 0, cut.length, first.length, 1);
  dissectFrame(d, 101, 0);
  assertEquals(seen, [[28, 60, 124]]);
});

Deno.test("a protocol that an organization numbers by itself is not taken for an EtherType", () => {
  const frame = bytes(MACS, [0, 8 + IPV4.length], [0xaa, 0xaa, 3, 0, 0x45, 0, 8, 0], IPV4);
  assertEquals(datagrams(1, [frame]), []);
});
