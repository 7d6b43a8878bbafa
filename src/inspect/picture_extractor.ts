/**
 * JPEG pictures out of a stream: a lab movie, or an AVI file where pictures are too long for one.
 *
 * @module
 */

import { difference32 } from "../bytes/serial.ts";
import { AviWriter } from "../media/avi_writer.ts";
import { jpegSize } from "../media/jpeg_size.ts";
import { LabMovieWriter, MAX_LAB_FRAME_BYTES } from "../media/lab_movie_writer.ts";
import { JpegDepacketizer } from "../payload/jpeg_depacketizer.ts";
import { FrameSteps } from "../payload/frame_steps.ts";
import type { ReceivedFrame } from "../payload/payload_format.ts";
import { WholeJpegDepacketizer } from "../payload/whole_jpeg_depacketizer.ts";
import type { RtpPacket } from "../rtp/packet.ts";
import { PacketOrder } from "../rtp/packet_order.ts";
import { ReceptionStats } from "../rtp/reception_stats.ts";
import { type Extractor, MAX_UNPROVEN_GAP_SECONDS } from "./extractors.ts";

/** Pictures that are looked at before the film's rate is settled. */
const TRIAL_PICTURES = 16;
/** Pictures longer than this among the first make it an AVI file. */
const LONG_PICTURE_BYTES = MAX_LAB_FRAME_BYTES / 2;
/** The labs' frames a second, and a guess for others that nothing tells of. */
const USUAL_RATE = { lab: 20, standard: 25 } as const;

interface Picture extends ReceivedFrame {
  readonly timeMs: number;
  /** Whether it is the first after a PLAY. */
  readonly begins: boolean;
}

interface FilmFile {
  readonly path: string;
  write(jpeg: Uint8Array): boolean;
  close(): void;
}

/** Puts pictures together and writes them at a steady rate. */
export class PictureExtractor implements Extractor {
  readonly #stem: string;
  readonly #isLab: boolean;
  readonly #clockRate: number;
  readonly #stats = new ReceptionStats();
  readonly #order = new PacketOrder<RtpPacket>();
  readonly #depacketizer: JpegDepacketizer | WholeJpegDepacketizer;
  #trial: Picture[] | undefined = [];
  #file: FilmFile | undefined;
  #last: Picture | undefined;
  #begins = true;
  readonly #numbers = new FrameSteps();
  /** Timestamp units between pictures; 0 where only sequence numbers tell of losses. */
  #step = 0;
  #rate = 0;
  #written = 0;
  #repeated = 0;
  #tooLong = 0;

  /** `stem` is the file's path without its ending. */
  constructor(stem: string, clockRate: number, isLab: boolean) {
    this.#stem = stem;
    this.#isLab = isLab;
    this.#clockRate = clockRate;
    this.#depacketizer = isLab ? new WholeJpegDepacketizer() : new JpegDepacketizer();
  }

  /** Takes a packet. */
  push(packet: RtpPacket, datagram: Uint8Array, timeMs: number): void {
    if (this.#depacketizer instanceof WholeJpegDepacketizer) {
      for (const frame of this.#depacketizer.pushDatagram(datagram)) this.#take(frame, timeMs);
      return;
    }
    const { sequenceNumber, timestamp, marker } = packet;
    const arrival = this.#stats.update(sequenceNumber, timestamp, timeMs, datagram.length, marker);
    for (const next of this.#order.push(packet, arrival, timeMs)) this.#unpack(next, timeMs);
  }

  /** The next packet may have any number, and no pictures are missing before it. */
  playSent(): void {
    this.#stats.expectRestart();
    this.#flush();
    this.#begins = true;
  }

  #flush(): void {
    if (this.#depacketizer instanceof WholeJpegDepacketizer) return;
    for (const packet of this.#order.flush()) this.#unpack(packet, this.#last?.timeMs ?? 0);
  }

  #unpack(packet: RtpPacket, timeMs: number): void {
    for (const frame of this.#depacketizer.push(packet)) this.#take(frame, timeMs);
  }

  #take(frame: ReceivedFrame, timeMs: number): void {
    const picture = { ...frame, timeMs, begins: this.#begins };
    this.#begins = false;
    if (this.#trial === undefined) return this.#write(picture);
    this.#trial.push(picture);
    if (this.#trial.length >= TRIAL_PICTURES) this.#settle();
  }

  /** Takes the commonest step of the timestamps for the film's rate. */
  #settle(): void {
    const trial = this.#trial ?? [];
    this.#trial = undefined;
    if (trial.length === 0) return;
    const steps = new Map<number, number>();
    for (let i = 1; i < trial.length; i++) {
      const step = difference32(trial[i]!.timestamp, trial[i - 1]!.timestamp);
      steps.set(step, (steps.get(step) ?? 0) + 1);
    }
    const [commonest = 0] = [...steps].sort(([, a], [, b]) => b - a)[0] ?? [];
    const rate = this.#clockRate / commonest;
    const isClock = commonest > 0 && rate >= 1 && rate <= 240;
    this.#step = isClock ? commonest : 0;
    this.#rate = isClock ? rate : this.#isLab ? USUAL_RATE.lab : USUAL_RATE.standard;
    const longest = Math.max(...trial.map(({ data }) => data.length));
    this.#file = longest > LONG_PICTURE_BYTES
      ? new AviFilm(`${this.#stem}.avi`, this.#step, this.#clockRate, this.#rate)
      : new LabFilm(`${this.#stem}.Mjpeg`);
    for (const picture of trial) this.#write(picture);
  }

  #write(picture: Picture): void {
    const last = this.#last;
    this.#last = picture;
    for (let i = this.#missing(last, picture); i > 0; i--) {
      if (this.#file!.write(last!.data)) this.#repeated++;
    }
    if (this.#file!.write(picture.data)) this.#written++;
    else this.#tooLong++;
  }

  /** Pictures that were lost between two; a jump that their arrival does not bear out is none. */
  #missing(last: Picture | undefined, picture: Picture): number {
    const byNumber = this.#numbers.next(picture);
    if (last === undefined || picture.begins) return 0;
    const steps = this.#step > 0
      ? Math.round(difference32(picture.timestamp, last.timestamp) / this.#step)
      : this.#isLab
      ? byNumber
      : 1;
    const arrived = (picture.timeMs - last.timeMs) / 1000;
    const isProven = steps / this.#rate <= Math.max(MAX_UNPROVEN_GAP_SECONDS, 1.5 * arrived);
    return isProven ? Math.max(0, steps - 1) : 0;
  }

  /** Ends the file. */
  finish(): string | undefined {
    this.#flush();
    if (this.#trial !== undefined) this.#settle();
    if (this.#file === undefined) return undefined;
    this.#file.close();
    const cut = this.#tooLong === 0 ? "" : `, ${this.#tooLong} pictures too long for the format`;
    return `${this.#file.path}: ${this.#written} pictures, ${this.#repeated} repeated for lost ones, ${this.#depacketizer.damagedFrames} damaged${cut}`;
  }
}

/** The labs' format. */
class LabFilm implements FilmFile {
  readonly #writer: LabMovieWriter;

  constructor(readonly path: string) {
    this.#writer = LabMovieWriter.open(path, { force: true });
  }

  write(jpeg: Uint8Array): boolean {
    if (jpeg.length > MAX_LAB_FRAME_BYTES) return false;
    this.#writer.write(jpeg);
    return true;
  }

  close(): void {
    this.#writer.close();
  }
}

/** An AVI file of pictures. */
class AviFilm implements FilmFile {
  readonly #rate: { numerator: number; denominator: number };
  #writer: AviWriter | undefined;

  constructor(readonly path: string, step: number, clockRate: number, rate: number) {
    this.#rate = step > 0
      ? { numerator: clockRate, denominator: step }
      : { numerator: Math.round(rate), denominator: 1 };
  }

  write(jpeg: Uint8Array): boolean {
    if (this.#writer === undefined) {
      const size = jpegSize(jpeg);
      if (size === undefined) return false;
      this.#writer = AviWriter.open(this.path, { video: { ...size, rate: this.#rate } }, {
        force: true,
      });
    }
    if (this.#writer.isFull(jpeg.length)) return false;
    this.#writer.picture(jpeg);
    return true;
  }

  close(): void {
    this.#writer?.close();
  }
}
