// @ts-check
/**
 * What the lines of a session description mean (RFC 8866), for people.
 *
 * @module
 */

/** @typedef {{ line: string, name: string, meaning: string }} SdpLine */

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  v: "Version",
  o: "Origin",
  s: "Session name",
  i: "Information",
  u: "URI",
  e: "E-mail",
  p: "Phone",
  c: "Connection",
  b: "Bandwidth",
  t: "Time",
  r: "Repeats",
  z: "Time zones",
  k: "Key",
  a: "Attribute",
  m: "Media",
};

/** @type {Readonly<Record<string, string>>} */
const PAYLOAD_TYPES = {
  0: "PCMU",
  8: "PCMA",
  10: "L16 stereo",
  11: "L16 mono",
  14: "MPEG audio",
  26: "JPEG",
  32: "MPEG video",
};

/** @type {Readonly<Record<string, (value: string) => string>>} */
const ATTRIBUTES = {
  control: (value) =>
    value === "*" ? "Requests for the whole go to the base URL" : `SETUP this as ${value}`,
  range: (value) => `Can be played over ${value.replace("npt=", "").replace("-", " to ")} seconds`,
  rtpmap: (value) => {
    const [, type, name, clock, channels] = /^(\d+)\s+([^/\s]+)\/(\d+)(?:\/(\d+))?/.exec(value) ??
      [];
    if (type === undefined) return value;
    const more = channels === undefined ? "" : `, ${channels} channels`;
    return `Payload type ${type} is ${name} on a ${clock} Hz clock${more}`;
  },
  fmtp: (value) => `Parameters of payload type ${value}`,
  framerate: (value) => `${value} frames a second`,
  framesize: (value) => `Size of the picture: ${value}`,
  "x-dimensions": (value) => `Size of the picture: ${value.replace(",", " × ")}`,
  mimetype: (value) => `What it is: ${value.replace(/^string;/, "").replaceAll('"', "")}`,
  tool: (value) => `Made by ${value}`,
  type: (value) => `Kind of session: ${value}`,
  recvonly: () => "The receiver only listens",
  sendonly: () => "The sender only sends",
  sendrecv: () => "Both sides may send",
};

/**
 * Explains a description, in sections: the session, then one for each medium.
 *
 * @param {string} sdp
 * @returns {{ title: string, lines: SdpLine[] }[]}
 */
export function explainSdp(sdp) {
  /** @type {SdpLine[]} */
  let lines = [];
  const sections = [{ title: "Session", lines }];
  for (const line of sdp.split(/\r\n|\r|\n/)) {
    if (line === "") continue;
    const type = line[1] === "=" ? line[0] ?? "" : "";
    const value = line.slice(2);
    if (type === "m") {
      lines = [];
      sections.push({ title: value.split(" ")[0] ?? "", lines });
    }
    lines.push({ line, name: TYPES[type] ?? "Not SDP", meaning: meaningOf(type, value) });
  }
  return sections;
}

/**
 * @param {string} type
 * @param {string} value
 * @returns {string}
 */
function meaningOf(type, value) {
  const words = value.split(/\s+/);
  switch (type) {
    case "v":
      return value.trim() === "0" ? "SDP, as there is only this version" : "should be 0";
    case "o":
      return `Session ${words[1]}, version ${words[2]}, by ${words[0]} at ${words[5]}`;
    case "s":
      return value.trim() === "" || value.trim() === "-" ? "It has no name" : `“${value.trim()}”`;
    case "c":
      return /^0\.0\.0\.0$|^::$/.test(words[2] ?? "")
        ? "Addresses are settled by SETUP"
        : `Media go to ${words[2]}`;
    case "t":
      return value.trim() === "0 0" ? "At any time" : `From ${words[0]} to ${words[1]} (NTP)`;
    case "b":
      return value.startsWith("AS:") ? `At most ${value.slice(3)} kbit/s` : value;
    case "m":
      return media(words);
    case "a": {
      const colon = value.indexOf(":");
      const name = colon < 0 ? value.trim() : value.slice(0, colon);
      return ATTRIBUTES[name]?.(colon < 0 ? "" : value.slice(colon + 1).trim()) ?? "";
    }
    default:
      return "";
  }
}

/** @param {string[]} words */
function media([kind, port, protocol, ...types]) {
  const names = types.map((type) => {
    const name = PAYLOAD_TYPES[type];
    return name === undefined ? type : `${type} (${name})`;
  });
  const where = port === "0" ? "the port is settled by SETUP" : `port ${port}`;
  return `${kind} over ${protocol}, payload type ${names.join(", ")}; ${where}`;
}
