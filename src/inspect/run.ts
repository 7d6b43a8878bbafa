/**
 * `reel inspect`: from flags to what they ask for.
 *
 * @module
 */

import type { Arguments } from "../cli/arguments.ts";
import { describeError, EXIT, Failure, UsageError } from "../cli/failure.ts";
import { print, printError, wantsColor } from "../cli/terminal.ts";
import { type AnalyseOptions, Analysis } from "./analyse.ts";
import { readNamed, type ReadOutcome } from "./capture_input.ts";
import type { CaptureReport } from "./capture_report.ts";
import { parseClocks } from "./clock_option.ts";
import { LiveView } from "./live_view.ts";
import { type FilterLimits, PacketFilter } from "./packet_filter.ts";

const FORMATS = ["json", "ndjson", "csv", "headers", "wireshark", "rtsp"] as const;

/** Captures from this size on are long: to look at every packet of them would take a second or more. */
const LONG_BYTES = 200_000_000;
/** Packets that the rules look at in long captures. */
const LONG_RULE_PACKETS = 2000;

/** One of the outputs, or the table. */
type Format = typeof FORMATS[number] | "table";

/** Does what the flags ask for. */
export async function runInspect(args: Arguments): Promise<number> {
  const format = chooseFormat(args);
  const limits = limitsOf(args);
  const files = args.positionals;
  if (format === "headers") return await runHeaders(args, files, limits);
  if (format === "wireshark") refuseLimits(args);
  if (format === "wireshark") return await runWireshark(args, files);
  const single = ["html", "extract", "write", "rtpdump"].find((name) => args.has(name));
  if (single !== undefined && files.length > 1) {
    throw new UsageError(`--${single} takes one capture. Name one file`);
  }
  for (const name of ["html", "write", "rtpdump"]) refuseInput(args.text(name), files);
  const wantsFiles = ["extract", "write", "rtpdump"].some((name) => args.has(name));
  const whole = optionsOf(args);
  const isPart = format !== "rtsp" && Object.values(limits).some((limit) => limit !== undefined);
  const options = isPart ? { ...whole, filter: new PacketFilter(limits) } : whole;
  const reports: CaptureReport[] = [];
  for (const file of files) {
    const { analysis, outcome } = await analyseNamed(
      file,
      options,
      format,
      args.has("thorough"),
    );
    const report = analysis.report(outcome);
    reports.push(report);
    if (format === "table") {
      const { formatReport } = await import("./table_report.ts");
      print((reports.length > 1 ? "\n" : "") + formatReport(report, wantsColor()));
    } else if (format === "ndjson") {
      const { formatNdjson } = await import("./structured_report.ts");
      print(formatNdjson(report));
    } else if (format === "rtsp") {
      const { formatLadders } = await import("./ladder_report.ts");
      const { conversations } = analysis.analyser.intake.rtsp;
      print(formatLadders(conversations, new PacketFilter(limits), wantsColor()));
    }
    await writePage(args, analysis, report);
    if (wantsFiles) {
      // Streams are what the whole capture says they are, and have the numbers that they have there.
      const source = isPart && file !== "-" ? await analyseWhole(file, whole) : analysis;
      await writeFiles(args, file, source, limits);
    }
    if (format !== "table") warnOfDamage(file, outcome);
  }
  if (format === "json" || format === "csv") {
    const { formatCsv, formatJson } = await import("./structured_report.ts");
    print(format === "json" ? formatJson(reports) : formatCsv(reports));
  }
  return EXIT.done;
}

/** A capture must not be written over while it is read. */
function refuseInput(output: string | undefined, files: readonly string[]): void {
  if (output === undefined || !files.some((file) => isSameFile(file, output))) return;
  throw new UsageError(`Cannot write ${output}: it is the capture that is read. Name another file`);
}

function isSameFile(a: string, b: string): boolean {
  try {
    const [one, other] = [Deno.statSync(a), Deno.statSync(b)];
    return one.ino === null
      ? Deno.realPathSync(a) === Deno.realPathSync(b)
      : one.dev === other.dev && one.ino === other.ino;
  } catch {
    // One of them is not there.
    return false;
  }
}

function chooseFormat(args: Arguments): Format {
  const chosen = FORMATS.filter((name) => args.has(name));
  if (chosen.length > 1) {
    throw new UsageError(`--${chosen[0]} and --${chosen[1]} print different things. Take one`);
  }
  return chosen[0] ?? "table";
}

function limitsOf(args: Arguments): FilterLimits {
  const frames = args.text("frames");
  const range = /^(\d*)(?:(-)(\d*))?$/.exec(frames ?? "-");
  if (range === null || frames === "") {
    throw new UsageError(`--frames takes A-B, A- or -B, not ${JSON.stringify(frames)}`);
  }
  const [, first = "", dash, last = ""] = range;
  return {
    fromMs: args.duration("from", { max: Infinity }),
    toMs: args.duration("to", { max: Infinity }),
    firstFrame: first === "" ? undefined : Number(first),
    lastFrame: dash === undefined ? Number(first) : last === "" ? undefined : Number(last),
  };
}

/** Wireshark's table is one of the whole capture. */
function refuseLimits(args: Arguments): void {
  const name = ["from", "to", "frames"].find((flag) => args.has(flag));
  if (name === undefined) return;
  throw new UsageError(`--wireshark takes whole captures: leave out --${name}`);
}

function optionsOf(args: Arguments): AnalyseOptions {
  return {
    clocks: parseClocks(args.texts("clock")),
    rtpPorts: args.texts("rtp-port").map((text) => {
      const port = Number(text);
      if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
      throw new UsageError(`--rtp-port takes a port from 1 to 65535, not ${JSON.stringify(text)}`);
    }),
    rules: !args.has("no-rules"),
    series: args.has("html"),
  };
}

async function analyseNamed(
  file: string,
  options: AnalyseOptions,
  format: Format,
  thorough: boolean,
): Promise<{ analysis: Analysis; outcome: ReadOutcome }> {
  const rulePackets = thorough || !isLong(file) ? Infinity : LONG_RULE_PACKETS;
  const analysis = await Analysis.create({ ...options, file, rulePackets });
  using live = file === "-" ? new LiveView(analysis, format) : undefined;
  const outcome = await readNamed(file, analysis, live?.signal);
  await analysis.finish();
  return { analysis, outcome };
}

function isLong(file: string): boolean {
  try {
    return file !== "-" && Deno.statSync(file).size >= LONG_BYTES;
  } catch {
    // It cannot be opened either, and that is said then.
    return false;
  }
}

async function runHeaders(
  args: Arguments,
  files: readonly string[],
  limits: FilterLimits,
): Promise<number> {
  const number = streamNumber(args);
  const { HEADER_COLUMNS } = await import("./headers_report.ts");
  const { RowPrinter } = await import("./row_printer.ts");
  using rows = new RowPrinter();
  rows.add(HEADER_COLUMNS.join("\t"));
  for (const file of files) {
    const filter = new PacketFilter(limits);
    if (number === undefined) {
      const { HeaderRows } = await import("./run_wireshark.ts");
      const heuristics = !args.has("no-heuristics");
      const visitor = new HeaderRows((row) => rows.add(row), filter, { heuristics });
      warnOfDamage(file, await readNamed(file, visitor));
    } else {
      const stream = await findStream(file, optionsOf(args), number);
      const { StreamRows } = await import("./stream_rows.ts");
      await readNamed(file, new StreamRows(stream, (row) => rows.add(row), filter));
    }
  }
  return EXIT.done;
}

async function runWireshark(args: Arguments, files: readonly string[]): Promise<number> {
  const { WiresharkStreams } = await import("./run_wireshark.ts");
  const { RowPrinter } = await import("./row_printer.ts");
  const clocks = parseClocks(args.texts("clock"));
  for (const file of files) {
    const table = new WiresharkStreams(clocks, { heuristics: !args.has("no-heuristics") });
    const outcome = await readNamed(file, table);
    using rows = new RowPrinter();
    for (const line of table.lines()) rows.add(line);
    rows.add("");
    warnOfDamage(file, outcome);
  }
  return EXIT.done;
}

/** The report as a page. */
async function writePage(
  args: Arguments,
  analysis: Analysis,
  report: CaptureReport,
): Promise<void> {
  const path = args.text("html");
  if (path === undefined) return;
  const { formatHtml } = await import("./html_report.ts");
  const { conversations } = analysis.analyser.intake.rtsp;
  try {
    await Deno.writeTextFile(
      path,
      formatHtml({ report, streams: analysis.streams, conversations }),
    );
  } catch (error) {
    throw new Failure(`Cannot write ${path}: ${describeError(error)}`);
  }
  printError(`reel: ${path}: written`);
}

/** Files for one stream. */
async function writeFiles(
  args: Arguments,
  file: string,
  analysis: Analysis,
  limits: FilterLimits,
): Promise<void> {
  const folder = args.text("extract");
  if (folder !== undefined) await extractMedia(args, file, analysis, folder, limits);
  const capture = args.text("write");
  const dump = args.text("rtpdump");
  if (capture === undefined && dump === undefined) return;
  needsFile(file, capture === undefined ? "--rtpdump" : "--write");
  const stream = pickStream(file, analysis, streamNumber(args));
  const { writeStream } = await import("./write_stream.ts");
  await writeStream(file, stream, { capture, dump }, new PacketFilter(limits));
}

async function extractMedia(
  args: Arguments,
  file: string,
  analysis: Analysis,
  folder: string,
  limits: FilterLimits,
): Promise<void> {
  needsFile(file, "--extract");
  const number = streamNumber(args);
  const streams = number === undefined
    ? analysis.streams.map((stream, i) => [i + 1, stream] as const)
    : [[number, pickStream(file, analysis, number)] as const];
  const { extract } = await import("./extract.ts");
  const clocks = parseClocks(args.texts("clock"));
  const filter = new PacketFilter(limits);
  const { conversations } = analysis.analyser.intake.rtsp;
  for (const line of await extract(file, { folder, streams, conversations, clocks, filter })) {
    printError(`reel: ${line}`);
  }
}

function streamNumber(args: Arguments): number | undefined {
  return args.number("stream", { min: 1, max: 1_000_000 });
}

async function findStream(
  file: string,
  options: AnalyseOptions,
  number: number,
): Promise<Analysis["streams"][number]> {
  needsFile(file, "--stream");
  return pickStream(file, await analyseWhole(file, options), number);
}

/** What streams a capture has, without rules. */
async function analyseWhole(file: string, options: AnalyseOptions): Promise<Analysis> {
  const analysis = await Analysis.create({ ...options, file, rules: false });
  await readNamed(file, analysis);
  await analysis.finish();
  return analysis;
}

function pickStream(
  file: string,
  { streams }: Analysis,
  number: number | undefined,
): Analysis["streams"][number] {
  if (number === undefined && streams.length > 1) {
    throw new UsageError(`${file} has ${streams.length} streams. Choose one with --stream N`);
  }
  const stream = streams[(number ?? 1) - 1];
  if (stream !== undefined) return stream;
  throw new Failure(
    streams.length === 0
      ? `Cannot take a stream out of ${file}: there is none in it`
      : `Cannot take stream ${number} out of ${file}: it has ${streams.length}`,
  );
}

/** What reads a capture twice cannot read from a pipe. */
function needsFile(file: string, flag: string): void {
  if (file !== "-") return;
  throw new UsageError(`${flag} reads the capture twice: save it to a file first`);
}

function warnOfDamage(file: string, { damage }: ReadOutcome): void {
  if (damage !== undefined) printError(`reel: ${file} ends early: ${damage}`);
}
