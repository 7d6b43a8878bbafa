/**
 * What Wireshark 4.0 calls payload types in its table of streams, and which clock it takes for them.
 *
 * @module
 */

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, "g711U"],
  [1, "fs-1016"],
  [2, "g721"],
  [3, "GSM"],
  [4, "g723"],
  [5, "DVI4 8k"],
  [6, "DVI4 16k"],
  [7, "Exp. from Xerox PARC"],
  [8, "g711A"],
  [9, "g722"],
  [10, "16-bit audio, stereo"],
  [11, "16-bit audio, monaural"],
  [12, "Qualcomm"],
  [13, "CN"],
  [14, "MPEG-I/II Audio"],
  [15, "g728"],
  [16, "DVI4 11k"],
  [17, "DVI4 22k"],
  [18, "g729"],
  [19, "CN(old)"],
  [25, "CellB"],
  [26, "JPEG"],
  [28, "NV"],
  [31, "h261"],
  [32, "MPEG-I/II Video"],
  [33, "MPEG-II streams"],
  [34, "h263"],
]);

/** Names that Wireshark has preset for dynamic types that no description explains. */
const PRESET_NAMES: ReadonlyMap<number, string> = new Map([
  [99, "rtp.rfc2198"],
  [100, "rtpevent"],
  [101, "rtpevent"],
]);

const CLOCKS: ReadonlyMap<number, number> = new Map([
  ...[0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18, 19].map((type) => [type, 8000] as const),
  [6, 16000],
  [10, 44100],
  [11, 44100],
  [16, 11025],
  [17, 22050],
  ...[14, 25, 26, 28, 31, 32, 33, 34].map((type) => [type, 90000] as const),
]);

/** Clocks of dynamic types by the beginning of their names; a longer name stands behind a shorter. */
const CLOCKS_BY_NAME: readonly (readonly [prefix: string, clockRate: number])[] = [
  ["amr", 8000],
  ["amr-wb", 16000],
  ["bmpeg", 90000],
  ["bt656", 90000],
  ["dv", 90000],
  ["evrc", 8000],
  ["evrcwb", 16000],
  ["evs", 16000],
  ["g7221", 16000],
  ["g726-16", 8000],
  ["g726-24", 8000],
  ["g726-32", 8000],
  ["g726-40", 8000],
  ["g729d", 8000],
  ["g729e", 8000],
  ["gsm-efr", 8000],
  ["h263-1998", 90000],
  ["h263-2000", 90000],
  ["h264", 90000],
  ["mp1s", 90000],
  ["mp2p", 90000],
  ["mp4v-es", 90000],
  ["mpa-robust", 90000],
  ["opus", 48000],
  ["pointer", 90000],
  ["raw", 90000],
  ["red", 1000],
  ["smv", 8000],
  ["t140", 1000],
  ["telephone-event", 8000],
];

/** The name of a payload type without a description. */
export function wiresharkName(payloadType: number): string {
  if (payloadType < 96) return NAMES.get(payloadType) ?? "Unassigned";
  return `RTPType-${payloadType}`;
}

/** The name preset for a dynamic type, where nothing is said about the stream. */
export function presetName(payloadType: number): string | undefined {
  return PRESET_NAMES.get(payloadType);
}

/** The clock of a static payload type in Hz; 0 where Wireshark knows none. */
export function staticClock(payloadType: number): number {
  return CLOCKS.get(payloadType) ?? 0;
}

/** The clock of a dynamic type by its name in Hz; 0 where Wireshark knows none. */
export function clockByName(name: string): number {
  const lower = name.toLowerCase();
  const found = CLOCKS_BY_NAME.findLast(([prefix]) => lower.startsWith(prefix));
  return found?.[1] ?? 0;
}
