/**
 * The sounds: a tick at each full second over a quiet chord, and a short tune of plucked strings.
 *
 * @module
 */

/** Samples a second. */
export const SAMPLE_RATE = 44_100;

const TURN = 2 * Math.PI;

/** Sound for the film: stereo, interleaved, -1 to 1. The first sample of each second starts a tick. */
export function filmSound(seconds: number): Float32Array {
  const samples = new Float32Array(seconds * SAMPLE_RATE * 2);
  for (let i = 0; i < seconds * SAMPLE_RATE; i++) {
    const time = i / SAMPLE_RATE;
    const sinceTick = time % 1;
    // A cosine: the tick is at its loudest in its very first sample.
    const tick = 0.8 * Math.cos(TURN * 1760 * sinceTick) * Math.exp(-sinceTick * 160);
    // Frequencies are whole multiples of 1/30 Hz, so that the film can be looped.
    const swell = 0.03 * (1 - Math.cos(TURN * time / 15));
    const left = Math.sin(TURN * 110 * time) + 0.6 * Math.sin(TURN * 165 * time);
    const right = Math.sin(TURN * 110.2 * time) + 0.6 * Math.sin(TURN * 220 * time);
    samples[2 * i] = tick + swell * left;
    samples[2 * i + 1] = tick + swell * right;
  }
  return samples;
}

/** Notes of the tune: when (seconds), pitch (semitones above A2), place (0 left, 1 right). */
const TUNE = [
  [0.00, 3, 0.5],
  [0.30, 10, 0.3],
  [0.60, 15, 0.7],
  [0.90, 19, 0.4],
  [1.20, 22, 0.6],
  [1.50, 19, 0.3],
  [1.80, 0, 0.5],
  [2.10, 12, 0.7],
  [2.40, 15, 0.3],
  [2.70, 24, 0.6],
  [3.00, 3, 0.5],
  [3.05, 10, 0.35],
  [3.10, 15, 0.65],
  [3.15, 27, 0.5],
] as const;

/** The tune: stereo, interleaved, -1 to 1. */
export function tune(seconds: number): Float32Array {
  const count = seconds * SAMPLE_RATE;
  const samples = new Float32Array(count * 2);
  for (const [start, semitones, place] of TUNE) {
    const note = pluck(110 * 2 ** (semitones / 12), count - Math.floor(start * SAMPLE_RATE));
    const first = Math.floor(start * SAMPLE_RATE);
    note.forEach((value, i) => {
      samples[2 * (first + i)]! += 0.34 * value * Math.cos(place * Math.PI / 2);
      samples[2 * (first + i) + 1]! += 0.34 * value * Math.sin(place * Math.PI / 2);
    });
  }
  // Fades out over the last second.
  for (let i = 0; i < count; i++) {
    const gain = Math.min(1, (count - 1 - i) / SAMPLE_RATE);
    samples[2 * i]! *= gain;
    samples[2 * i + 1]! *= gain;
  }
  return samples;
}

/** A plucked string: noise that goes round a delay line and loses its high frequencies there. */
function pluck(frequency: number, count: number): Float32Array {
  const period = Math.round(SAMPLE_RATE / frequency);
  const samples = new Float32Array(count);
  let seed = period;
  for (let i = 0; i < Math.min(period, count); i++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    samples[i] = seed / 2 ** 31 - 1;
  }
  for (let i = period + 1; i < count; i++) {
    samples[i] = 0.4985 * (samples[i - period]! + samples[i - period - 1]!);
  }
  return samples;
}

/** A WAV file of 16-bit stereo samples. */
export function wavFile(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string): void =>
    [...value].forEach((character, i) => bytes[at + i] = character.charCodeAt(0));
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, SAMPLE_RATE * 4, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((value, i) => {
    view.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, value)) * 32_767), true);
  });
  return bytes;
}
