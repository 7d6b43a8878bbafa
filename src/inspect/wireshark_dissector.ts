/**
 * Which packets Wireshark 4.0 takes for RTP. This is not our own opinion (see `streams.ts`): a single
 * packet of anything that looks like RTP counts here, and two tracks with one SSRC are one stream.
 *
 * @module
 */

import { formatAddress } from "../capture/address.ts";
import { Dissection } from "../capture/dissection.ts";
import { dissectFrame } from "../capture/link.ts";
import type { RecordCursor } from "../capture/record_cursor.ts";
import { usesSrtp } from "./dtls.ts";
import { readRtpFields, RtpFields } from "./rtp_fields.ts";
import { RtspTracker } from "./rtsp_tracker.ts";
import { type SignalledEnd, Signalling } from "./signalling.ts";
import { isGatewayPort, isSip, readDescriptions } from "./sip.ts";
import { isStunMessage, relayed, STUN_PORT } from "./turn.ts";
import { isClaimedPort } from "./wireshark_ports.ts";
import { Rivals } from "./wireshark_rivals.ts";
import { type Carried, isRtspPort, type RtspPath, WiresharkRtsp } from "./wireshark_rtsp.ts";

/** One packet as Wireshark has it. */
export interface WiresharkPacket {
  /** Its fields, valid during the call. */
  readonly fields: RtpFields;
  /** Source address as text. */
  readonly source: string;
  /** Destination address as text. */
  readonly destination: string;
  /** Source port. */
  readonly sourcePort: number;
  /** Destination port. */
  readonly destinationPort: number;
  /** What it came over. */
  readonly transport: "udp" | "tcp";
  /** Payload bytes, as `rtp.payload` has them: none where SRTP hides them. */
  readonly payloadLength: number;
  /** Whether it is quoted in an ICMP error. */
  readonly inIcmp: boolean;
  /** Whether Wireshark counts it in its table of streams. */
  readonly isCounted: boolean;
  /** What signalling says about its destination. */
  readonly end: SignalledEnd | undefined;
  /** The record it came in. */
  readonly cursor: RecordCursor;
}

/** Options of {@linkcode WiresharkDissector}. */
export interface WiresharkOptions {
  /** RTP without signalling: the heuristics that Wireshark has off by default. Default true. */
  readonly heuristics?: boolean;
}

/** Pairs of ends of which something is remembered. */
const MAX_PAIRS = 65_536;

/** Takes records and gives the packets that are RTP for Wireshark. */
export class WiresharkDissector {
  readonly #heuristics: boolean;
  readonly #receive: (packet: WiresharkPacket) => void;
  readonly #dissection: Dissection;
  readonly #signalling = new Signalling();
  readonly #rtsp: WiresharkRtsp;
  /** Signalling over TCP that is not RTSP. */
  readonly #others: RtspTracker;
  readonly #fields = new RtpFields();
  /** Pairs of ends whose DTLS handshake is about SRTP. */
  readonly #srtp = new Set<string>();
  readonly #rivals = new Rivals();
  /** Pairs of ends that have exchanged STUN messages. */
  readonly #stun = new Set<string>();
  /** Ends, with the port of the source, to which RTP went before anybody had told of it. */
  readonly #guessed = new Set<string>();
  #cursor!: RecordCursor;

  /** `receive` is called for each packet. */
  constructor(receive: (packet: WiresharkPacket) => void, options: WiresharkOptions = {}) {
    this.#receive = receive;
    this.#heuristics = options.heuristics ?? true;
    this.#dissection = new Dissection({
      udp: (d) => this.#udp(d),
      tcp: (d) => {
        if (d.inIcmp) return;
        if (isRtspPort(d)) this.#rtsp.segment(d, this.#timeMs);
        else this.#others.segment(d, 0);
      },
    });
    this.#rtsp = new WiresharkRtsp((...frame) => this.#interleaved(...frame));
    this.#others = new RtspTracker(this.#signalling, { interleaved: () => {} }, {
      likeWireshark: true,
    });
  }

  /** Takes the record that the cursor stands on. */
  record(cursor: RecordCursor): void {
    this.#cursor = cursor;
    const { buffer, offset, end, originalLength, frameNumber } = cursor;
    const d = this.#dissection;
    d.begin(buffer.bytes, buffer.view, offset, end, originalLength, frameNumber);
    dissectFrame(d, cursor.linkType, offset);
  }

  /** Since 1970; only differences count, and these to microseconds. */
  get #timeMs(): number {
    return this.#cursor.seconds * 1000 + this.#cursor.nanoseconds / 1e6;
  }

  #udp(d: Dissection): void {
    if (d.start >= d.end) return;
    const source = formatAddress(d.sourceAddress());
    const destination = formatAddress(d.destinationAddress());
    if (!d.inIcmp && this.#readSignalling(d)) return;
    const pair = pairOf(source, d.sourcePort, destination, d.destinationPort);
    const first = d.bytes[d.start]!;
    if (first === 22 && usesSrtp(d.bytes, d.start, d.end)) remember(this.#srtp, pair);
    const isMessage = isStunMessage(d);
    if (isMessage) remember(this.#stun, pair);
    const isRivals = this.#rivals.takes(d, pair);
    const { sourcePort, destinationPort } = d;
    const path = { source, sourcePort, destination, destinationPort };
    const end = this.#signalling.get(destination, destinationPort) ??
      this.#signalling.get(source, sourcePort) ?? this.#rivals.announced(d, pair);
    const carried = end?.carries ?? this.#rtsp.carried(path);
    const isSrtp = this.#srtp.has(pair);
    // Where STUN was seen, it alone is expected; the rest is guessed.
    const isStun = this.#stun.has(pair);
    const isSignalled = !isStun && (carried === "rtp" || isSrtp);
    // What a guess or a handshake has begun stays as it is, whatever is said otherwise.
    const guess = `${destination}|${d.destinationPort}|${d.sourcePort}`;
    const told = end?.carries === "rtp" && !isSrtp && !this.#guessed.has(guess) ? end : undefined;
    const place = { ...path, transport: "udp", inIcmp: d.inIcmp, end: told } as const;
    const isSecured = isSrtp || told?.isSecured === true;
    const { view } = d;
    const isTurn = isMessage || (first >= 0x40 && (isStunPort(d) || isStun));
    const inner = isTurn ? relayed(d) : undefined;
    if (inner !== undefined) {
      // Of an attribute all has to be there.
      if (isMessage && inner.end < inner.wireEnd) return;
      this.#rtp(place, view, inner.start, inner.end, inner.wireEnd, false, isSecured);
      return;
    }
    const isElse = carried === undefined
      ? !isSignalled && (isRivals || isClaimedPort(sourcePort, destinationPort))
      : !isSignalled && !isStun;
    if (isElse) return;
    const isRtp = this.#rtp(place, view, d.start, d.end, d.wireEnd, isSignalled, isSecured);
    if (isRtp && !isSignalled && carried === undefined) remember(this.#guessed, guess);
  }

  /** Whether the datagram was a message that may describe sessions. */
  #readSignalling(d: Dissection): boolean {
    const isMessage = isSip(d.bytes, d.start, d.end);
    if (!isMessage && !isGatewayPort(d.sourcePort, d.destinationPort)) return false;
    const message = d.bytes.subarray(d.start, d.end);
    readDescriptions(message, d.frameNumber, this.#signalling, { likeWireshark: true });
    return isMessage;
  }

  #interleaved(path: RtspPath, carried: Carried | undefined, payload: Uint8Array): void {
    if (carried === "rtcp") return;
    const place = { ...path, transport: "tcp", inIcmp: false, end: undefined } as const;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    this.#rtp(place, view, 0, payload.length, payload.length, carried !== undefined, false);
  }

  #rtp(
    place: Omit<WiresharkPacket, "fields" | "payloadLength" | "isCounted" | "cursor">,
    view: DataView,
    at: number,
    end: number,
    wireEnd: number,
    isSignalled: boolean,
    isSecured: boolean,
  ): boolean {
    const fields = this.#fields;
    if (!readRtpFields(fields, view, at, end, wireEnd)) return false;
    if (fields.version !== 2) return false;
    const { payloadType, marker, fault } = fields;
    if (marker === 1 && payloadType >= 64 && payloadType <= 95) return false;
    if (!isSignalled) {
      const isReserved = payloadType >= 72 && payloadType <= 76;
      if (!this.#heuristics || fault !== "" || isReserved) return false;
    }
    const isPaddingUnknown = fields.padding === 1 && fields.isCut;
    this.#receive({
      ...place,
      fields,
      payloadLength: isSecured || isPaddingUnknown ? 0 : fields.payloadLength,
      isCounted: !place.inIcmp && !isPaddingUnknown && fields.payloadStart >= 0,
      cursor: this.#cursor,
    });
    return true;
  }
}

function isStunPort(d: Dissection): boolean {
  return d.sourcePort === STUN_PORT || d.destinationPort === STUN_PORT;
}

/** Adds a key while there is room: what has none is forgotten at once. */
function remember(keys: Set<string>, key: string): void {
  if (keys.size < MAX_PAIRS) keys.add(key);
}

function pairOf(a: string, aPort: number, b: string, bPort: number): string {
  const [one, two] = [`${a}|${aPort}`, `${b}|${bPort}`];
  return one < two ? `${one}|${two}` : `${two}|${one}`;
}
