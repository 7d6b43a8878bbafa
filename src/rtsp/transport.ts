/**
 * The Transport header (RFC 2326 section 12.39, RFC 7826 section 18.54) and the forms of it that lab
 * programs send. It decides which dialect a session speaks.
 *
 * @module
 */

/** A pair of consecutive ports or channels; the second is absent when only one was named. */
export interface NumberPair {
  /** RTP. */
  readonly first: number;
  /** RTCP. */
  readonly second?: number;
}

/**
 * What the transport specifier asks for: `RTP/AVP` is the standard; `RTP/UDP` and `RTP/TCP` the labs'
 * whole-frame RTP; bare `UDP` the audio lab's labelled chunks; the rest is nothing that Reel sends.
 */
export type TransportKind = "rtp-avp" | "lab-rtp" | "labelled-udp" | "other";

/** One transport specification. */
export interface Transport {
  /** The specifier as written ("RTP/AVP/TCP", "RTP/UDP"). */
  readonly specifier: string;
  /** What that means. */
  readonly kind: TransportKind;
  /** Over TCP, interleaved with the control connection, or in datagrams. */
  readonly lower: "udp" | "tcp";
  /** Unicast, multicast, or whatever the default is. */
  readonly cast?: "unicast" | "multicast";
  /** The receiver's ports (`client_port`, or `dest_addr` of RTSP 2.0). */
  readonly clientPort?: NumberPair;
  /** The sender's ports (`server_port`, or `src_addr` of RTSP 2.0). */
  readonly serverPort?: NumberPair;
  /** Channels of the control connection. */
  readonly interleaved?: NumberPair;
  /** Synchronization source of the sender. */
  readonly ssrc?: number;
  /** Where the receiver wants the data (`destination`, or the host of `dest_addr`). */
  readonly destination?: string;
  /** Where the data comes from (`source`, or the host of `src_addr`). */
  readonly source?: string;
  /** PLAY or RECORD. */
  readonly mode?: string;
  /** RFC 7826 names the ends by address instead of by port. */
  readonly addressed: boolean;
  /** All parameters, names in lower case, flags with an empty value. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** `RTP/UDP, client_port: 25000`: what stands in place of the semicolon is no alternative. */
const NO_SEMICOLON = /^(\s*RTP\/(?:UDP|TCP))\s*[,:]\s*(?=(?:client[_-]?)?port)/i;
/** `clientPort=25000`, as other labs spell it. */
const CLIENT_PORT = /^client-?port$/;

/**
 * Parses a Transport header: the alternatives in the order of the peer's preference. What is written
 * oddly is read as it was meant (`client_port= 25000`); what cannot be read is left out.
 */
export function parseTransports(header: string): Transport[] {
  return splitOutsideQuotes(header.replace(NO_SEMICOLON, "$1;"), ",").map((text) => text.trim())
    .filter((text) => text !== "")
    .map(parseTransport);
}

function parseTransport(text: string): Transport {
  const [first = "", ...rest] = splitOutsideQuotes(text, ";").map((part) => part.trim());
  // One lab client leaves out the semicolon: `RTP/UDP client_port 25000`.
  const [, specifier = "", more = ""] = /^(\S*)\s*(.*)$/s.exec(first)!;
  const parameters = new Map<string, string>();
  for (const part of [more, ...rest]) {
    // The audio lab's report prints `dest_addr":25001"`, other labs send `client_port: 25000`.
    const [, name = "", value = ""] = /^([^\s=:"]*)\s*[=:]?\s*(.*)$/s.exec(part)!;
    const key = name.toLowerCase().replace(CLIENT_PORT, "client_port");
    if (key !== "" && !parameters.has(key)) parameters.set(key, value);
  }
  const kind = kindOf(specifier, parameters);
  // For the RFC, `port` is a multicast's; a lab has none.
  const onlyPort = kind.kind === "lab-rtp" ? parameters.get("port") : undefined;
  const namedPorts = parameters.get("client_port") ?? onlyPort;
  const destinations = addresses(parameters.get("dest_addr"));
  const sources = addresses(parameters.get("src_addr"));
  const mode = parameters.get("mode")?.replaceAll('"', "").toUpperCase();
  const ssrc = /^[0-9A-Fa-f]{1,8}$/.exec(parameters.get("ssrc") ?? "")?.[0];
  return {
    specifier,
    ...kind,
    ...defined("cast", castOf(parameters)),
    ...defined("clientPort", pair(namedPorts) ?? portsOf(destinations)),
    ...defined("serverPort", pair(parameters.get("server_port")) ?? portsOf(sources)),
    ...defined("interleaved", pair(parameters.get("interleaved"))),
    ...defined("ssrc", ssrc === undefined ? undefined : parseInt(ssrc, 16)),
    ...defined("destination", parameters.get("destination") || destinations[0]?.host),
    ...defined("source", parameters.get("source") || sources[0]?.host),
    ...defined("mode", mode),
    addressed: destinations.length > 0 || sources.length > 0,
    parameters,
  };
}

function kindOf(
  specifier: string,
  parameters: ReadonlyMap<string, string>,
): Pick<Transport, "kind" | "lower"> {
  switch (specifier.toUpperCase()) {
    case "RTP/AVP":
    case "RTP/AVPF":
      // Some programs leave out the "/TCP" and name channels.
      return {
        kind: "rtp-avp",
        lower: parameters.has("interleaved") && !parameters.has("client_port") ? "tcp" : "udp",
      };
    case "RTP/AVP/UDP":
    case "RTP/AVPF/UDP":
      return { kind: "rtp-avp", lower: "udp" };
    case "RTP/AVP/TCP":
    case "RTP/AVPF/TCP":
      return { kind: "rtp-avp", lower: "tcp" };
    case "RTP/UDP":
      return { kind: "lab-rtp", lower: "udp" };
    case "RTP/TCP":
      return { kind: "lab-rtp", lower: "tcp" };
    case "UDP":
      return { kind: "labelled-udp", lower: "udp" };
    default:
      return { kind: "other", lower: "udp" };
  }
}

function castOf(parameters: ReadonlyMap<string, string>): "unicast" | "multicast" | undefined {
  if (parameters.has("unicast")) return "unicast";
  return parameters.has("multicast") ? "multicast" : undefined;
}

/**
 * `25000-25001`, ` 25000`; undefined when it is no number from 0 to 65,535. A second number that is
 * none is left out: Java makes `25000-250001` of a port and the port plus one.
 */
function pair(text: string | undefined): NumberPair | undefined {
  const match = /^\s*(\d{1,5})(?:\s*-\s*(\d+))?\s*$/.exec(text?.replaceAll('"', "") ?? "");
  if (match === null) return undefined;
  const first = Number(match[1]);
  const second = Number(match[2]);
  if (first > 0xffff) return undefined;
  return second <= 0xffff ? { first, second } : { first };
}

interface Address {
  readonly host?: string;
  readonly port: number;
}

/** `":25001"`, `"192.0.2.5:5000"/"192.0.2.5:5001"`, `"[2001:db8::1]:5000"` (RFC 7826 section 18.54). */
function addresses(text: string | undefined): Address[] {
  if (text === undefined) return [];
  return text.split("/").flatMap((part) => {
    const match = /^(.*):(\d{1,5})$/.exec(part.replaceAll('"', "").trim());
    if (match === null || Number(match[2]) > 0xffff) return [];
    const host = match[1]!.replace(/^\[(.*)\]$/, "$1");
    return [host === "" ? { port: Number(match[2]) } : { host, port: Number(match[2]) }];
  });
}

function portsOf(ends: readonly Address[]): NumberPair | undefined {
  const [first, second] = ends;
  if (first === undefined) return undefined;
  return second === undefined ? { first: first.port } : { first: first.port, second: second.port };
}

/** Splits at a separator that does not stand between quotation marks. */
function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (text[i] === separator && !quoted) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

function defined<K extends string, V>(
  name: K,
  value: V | undefined,
): { [key in K]?: V } {
  return value === undefined ? {} : { [name]: value } as { [key in K]?: V };
}
