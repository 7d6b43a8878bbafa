/**
 * The numbers of a session over time: what the charts draw and the exports hold.
 *
 * @module
 */

import type { PlayerSnapshot, TrackStatistics } from "../client/player.ts";
import type { ChartPoint, TrackPoint } from "./messages.ts";
import { Recent } from "./recent.ts";

/** Time between two samples in ms. */
export const SAMPLE_PERIOD_MS = 500;

/** Half an hour of samples. */
const SAMPLES_KEPT = 30 * 60 * 1000 / SAMPLE_PERIOD_MS;

/** A chart that has just been opened starts with the last ten minutes. */
const POINTS_AT_START = 10 * 60 * 1000 / SAMPLE_PERIOD_MS;

/** All the numbers at one moment. */
export interface Sample {
  /** ms since sampling began. */
  readonly timeMs: number;
  /** Seconds from the start of the presentation, where known. */
  readonly position?: number;
  /** A track each; empty when the session was not playing. */
  readonly statistics: readonly TrackStatistics[];
}

/** Samples and the points they make in the charts. */
export class History {
  readonly #samples = new Recent<Sample>(SAMPLES_KEPT);
  readonly #points = new Recent<ChartPoint>(SAMPLES_KEPT);
  /** Samples of the last second, for rates. */
  #lately: Sample[] = [];

  /**
   * Takes a sample. Gives the point it makes, or nothing when the session has not been playing for
   * a while: one gap is enough.
   */
  add(timeMs: number, snapshot: PlayerSnapshot): ChartPoint | undefined {
    const playing = snapshot.state === "Playing";
    if (!playing && this.#lately.length === 0) return undefined;
    const sample: Sample = {
      timeMs,
      ...(snapshot.position === undefined ? undefined : { position: snapshot.position }),
      statistics: playing ? snapshot.statistics : [],
    };
    while (
      this.#lately.length > 1 && timeMs - this.#lately[0]!.timeMs > 1000 + SAMPLE_PERIOD_MS / 2
    ) {
      this.#lately.shift();
    }
    const point: ChartPoint = {
      timeMs,
      tracks: sample.statistics.map((track) => this.#trackPoint(track)),
    };
    this.#samples.push(sample);
    this.#points.push(point);
    this.#lately = playing ? [...this.#lately, sample] : [];
    return point;
  }

  /** Every sample that is kept, oldest first. */
  samples(): Sample[] {
    return this.#samples.list();
  }

  /** The points a chart starts with. */
  points(): ChartPoint[] {
    return this.#points.list().slice(-POINTS_AT_START);
  }

  #trackPoint(now: TrackStatistics): TrackPoint {
    const before = this.#lately[0]?.statistics.find((old) => old.track === now.track);
    const expected = now.packetsExpected - (before?.packetsExpected ?? 0);
    const lost = now.packetsLost - (before?.packetsLost ?? 0);
    return {
      track: now.track,
      frameRate: now.frameRateNow ?? null,
      dataRate: now.dataRateNow ?? null,
      // A late packet takes a loss back, so that a second can have less than none.
      loss: expected > 0 ? Math.min(Math.max(lost / expected, 0), 1) : null,
      jitterMs: now.jitterMs ?? null,
    };
  }
}
