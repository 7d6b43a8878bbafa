/**
 * The analysis as a function: a capture in, a report out.
 *
 * @module
 */

import type { ByteSource } from "../capture/capture_reader.ts";
import type { Findings } from "../diagnose/findings.ts";
import { Analyser } from "./analyser.ts";
import { type BlockVisitor, readCapture, type ReadOutcome } from "./capture_input.ts";
import { type CaptureReport, reportCapture } from "./capture_report.ts";
import type { ClockOption } from "./clock_option.ts";
import type { PacketFilter } from "./packet_filter.ts";
import { END_SLACK_MS, type Stream } from "./stream.ts";
import type { StreamWatches } from "./stream_watch.ts";

/** Options of {@linkcode analyse}. */
export interface AnalyseOptions {
  /** Name of the file in the report. Default "-". */
  readonly file?: string;
  /** Meanings of payload types. */
  readonly clocks?: ReadonlyMap<number, ClockOption>;
  /** Ports on which every packet with an RTP header is RTP. */
  readonly rtpPorts?: readonly number[];
  /** Whether values over time are kept. Default false. */
  readonly series?: boolean;
  /** Packets that the rules look at. Default all. */
  readonly rulePackets?: number;
  /** Whether the rules look at all. Default true. */
  readonly rules?: boolean;
  /** Which records are looked at. Default all. */
  readonly filter?: PacketFilter;
  /** Told of each block of records that was read. */
  readonly onBlock?: (analysis: Analysis) => void;
}

/** An analysis under way, or done. */
export class Analysis implements BlockVisitor {
  /** What takes the records. */
  readonly analyser: Analyser;
  readonly #options: AnalyseOptions;
  readonly #watches: StreamWatches;
  readonly #findings: Findings | undefined;

  private constructor(
    options: AnalyseOptions,
    watches: StreamWatches,
    findings: Findings | undefined,
  ) {
    this.#options = options;
    this.#watches = watches;
    this.#findings = findings;
    this.analyser = new Analyser({
      clocks: options.clocks ?? new Map(),
      rtpPorts: options.rtpPorts ?? [],
      series: options.series ?? false,
      watch: (stream) => watches.create(stream),
      watchEnd: (end, path) => watches.createForEnd(end, path),
    }, options.filter);
  }

  /** An analysis of nothing yet. What looks at packets is loaded now. */
  static async create(options: AnalyseOptions = {}): Promise<Analysis> {
    const [{ StreamWatches }, { Findings }] = await Promise.all([
      import("./stream_watch.ts"),
      import("../diagnose/findings.ts"),
    ]);
    const findings = new Findings();
    const clocks = options.clocks ?? new Map();
    const { rules = true, rulePackets = Infinity } = options;
    const watches = new StreamWatches({
      findings: rules ? findings : undefined,
      clocks,
      rulePackets,
    });
    return new Analysis(options, watches, rules ? findings : undefined);
  }

  /** The streams that are believed so far. */
  get streams(): readonly Stream[] {
    return this.analyser.intake.streams;
  }

  /** Takes all records that the cursor has. */
  block(cursor: Parameters<BlockVisitor["block"]>[0]): void {
    this.analyser.block(cursor);
    this.#options.onBlock?.(this);
  }

  /** The report as it stands. */
  report(outcome: ReadOutcome): CaptureReport {
    return reportCapture({
      file: this.#options.file ?? "-",
      outcome,
      analyser: this.analyser,
      clocks: this.#options.clocks ?? new Map(),
      findings: this.#findings?.list() ?? [],
      skippedStreams: this.#watches.skippedStreams,
    });
  }

  /** The capture is over. */
  async finish(): Promise<void> {
    const { intake, durationMs } = this.analyser;
    intake.finish();
    for (const stream of intake.streams) {
      const goesOn = stream.endMs > durationMs - END_SLACK_MS;
      const wasTornDown = intake.rtsp.conversations[(stream.path.conversation ?? 0) - 1]
        ?.messages.some(({ message }) =>
          message.kind === "request" && message.method === "TEARDOWN"
        ) ?? false;
      stream.watcher?.finish(durationMs, goesOn || wasTornDown || stream.end?.by !== "RTSP");
    }
    for (const watcher of intake.endWatchers) watcher.finish(durationMs, true);
    if (this.#findings !== undefined && intake.rtsp.conversations.length > 0) {
      const { observeConversations } = await import("./conversation_rules.ts");
      observeConversations(intake, durationMs, this.#findings);
    }
  }
}

/**
 * Analyses a capture from its first byte to its last.
 *
 * @throws {Failure} When it is no capture.
 */
export async function analyse(
  source: ByteSource,
  options: AnalyseOptions = {},
): Promise<CaptureReport> {
  const analysis = await Analysis.create(options);
  const outcome = await readCapture(source, analysis, options.file ?? "capture");
  await analysis.finish();
  return analysis.report(outcome);
}
