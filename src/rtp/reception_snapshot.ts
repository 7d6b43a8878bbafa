/**
 * The numbers of a stream's reception, as they stand at one moment.
 *
 * @module
 */

/** The state of a `ReceptionStats` at one moment. Times are in ms. */
export interface ReceptionSnapshot {
  /** RTP packets that arrived, duplicates and strays included. */
  readonly received: number;
  /** Bytes of those packets as given to `update`. */
  readonly bytes: number;
  /** Sequence numbers from the first to the highest, over all sequences. */
  readonly expected: number;
  /** Distinct sequence numbers that arrived. */
  readonly unique: number;
  /** Sequence numbers never seen: `expected - unique`. A duplicate does not repay a loss. */
  readonly lost: number;
  /** `lost / expected`, 0 to 1. */
  readonly lossRate: number;
  /** How often a run of exactly so many consecutive numbers was lost: length to count. */
  readonly lossRuns: ReadonlyMap<number, number>;
  /** Packets whose number had been seen. */
  readonly duplicates: number;
  /** Packets that came after a higher number, soon enough to be put back in order. */
  readonly reordered: number;
  /** Packets that came too late for that. */
  readonly late: number;
  /** Packets with a number far from all others that no second packet confirmed. */
  readonly strays: number;
  /** New sequences begun, after the first. */
  readonly restarts: number;
  /** Times the sequence number went past 65,535. */
  readonly wraps: number;
  /** Packets with the marker bit. */
  readonly markers: number;
  /** Runs of packets that share a timestamp: for video, the frames that began. */
  readonly timestamps: number;
  /** Highest sequence number, with the cycles in the bits above 16. */
  readonly extendedHighestSequence: number;
  /** Timestamp units from the first packet of a sequence to its newest, over all sequences. */
  readonly elapsedTicks: number;
  /** Arrival of the first packet. */
  readonly firstArrivalMs: number;
  /** Arrival of the last packet. */
  readonly lastArrivalMs: number;
  /** Time between the two. */
  readonly durationMs: number;
  /** The same without the pauses before sequences that begin anew, or were announced. */
  readonly activeMs: number;
  /** Time between consecutive arrivals: the least, absent before the second packet. */
  readonly deltaMinMs?: number;
  /** The mean of the same. */
  readonly deltaMeanMs?: number;
  /** The greatest of the same. */
  readonly deltaMaxMs?: number;
  /** Interarrival jitter now (RFC 3550 A.8); absent without a clock rate. */
  readonly jitterMs?: number;
  /** Mean of the jitter over the packets that moved it. */
  readonly jitterMeanMs?: number;
  /** Greatest jitter. */
  readonly jitterMaxMs?: number;
  /** Arrival time less media time, pauses left out: positive when the packets fall behind. */
  readonly skewMs?: number;
}
