/**
 * A picture in memory, 24-bit RGB, with the few shapes the film is drawn with.
 *
 * @module
 */

/** Red, green, blue, each 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** `a` and `b` mixed; 0 gives `a`, 1 gives `b`. */
export function mix(a: Color, b: Color, amount: number): Color {
  return [
    a[0] + (b[0] - a[0]) * amount,
    a[1] + (b[1] - a[1]) * amount,
    a[2] + (b[2] - a[2]) * amount,
  ];
}

/** A picture that shapes are painted onto. Coordinates are pixels; what lies outside is cut off. */
export class Canvas {
  /** Three bytes a pixel, row by row. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;

  /** A black picture. */
  constructor(readonly width: number, readonly height: number) {
    this.pixels = new Uint8ClampedArray(width * height * 3);
  }

  /** Covers one pixel; `alpha` from 0 (nothing) to 1 (replaced). */
  blend(x: number, y: number, color: Color, alpha: number): void {
    if (alpha <= 0 || x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (y * this.width + x) * 3;
    const { pixels } = this;
    const rest = 1 - Math.min(alpha, 1);
    pixels[at] = pixels[at]! * rest + color[0] * (1 - rest);
    pixels[at + 1] = pixels[at + 1]! * rest + color[1] * (1 - rest);
    pixels[at + 2] = pixels[at + 2]! * rest + color[2] * (1 - rest);
  }

  /** A filled rectangle with integer corners. */
  rectangle(
    left: number,
    top: number,
    width: number,
    height: number,
    color: Color,
    alpha = 1,
  ): void {
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) this.blend(x, y, color, alpha);
    }
  }

  /** A filled rectangle with round corners and a smooth edge. */
  panel(
    left: number,
    top: number,
    width: number,
    height: number,
    radius: number,
    color: Color,
    alpha = 1,
  ): void {
    const centerX = left + width / 2;
    const centerY = top + height / 2;
    for (let y = Math.floor(top) - 1; y <= top + height; y++) {
      for (let x = Math.floor(left) - 1; x <= left + width; x++) {
        const outX = Math.abs(x + 0.5 - centerX) - width / 2 + radius;
        const outY = Math.abs(y + 0.5 - centerY) - height / 2 + radius;
        const distance = Math.hypot(Math.max(outX, 0), Math.max(outY, 0)) +
          Math.min(Math.max(outX, outY), 0) - radius;
        this.blend(x, y, color, alpha * coverage(distance));
      }
    }
  }

  /** A filled disc with a smooth edge. */
  disc(centerX: number, centerY: number, radius: number, color: Color, alpha = 1): void {
    this.panel(centerX - radius, centerY - radius, 2 * radius, 2 * radius, radius, color, alpha);
  }

  /** A line with round ends. */
  stroke(
    x1: number,
    y1: number,
    x2: number,
    y2: number,
    thickness: number,
    color: Color,
    alpha = 1,
  ): void {
    const reach = thickness / 2 + 1;
    const dx = x2 - x1;
    const dy = y2 - y1;
    const squared = dx * dx + dy * dy;
    for (let y = Math.floor(Math.min(y1, y2) - reach); y <= Math.max(y1, y2) + reach; y++) {
      for (let x = Math.floor(Math.min(x1, x2) - reach); x <= Math.max(x1, x2) + reach; x++) {
        const px = x + 0.5 - x1;
        const py = y + 0.5 - y1;
        const along = squared === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / squared));
        const distance = Math.hypot(px - along * dx, py - along * dy) - thickness / 2;
        this.blend(x, y, color, alpha * coverage(distance));
      }
    }
  }
}

/** How much of a pixel lies inside an edge that is `distance` pixels away from its middle. */
function coverage(distance: number): number {
  return Math.max(0, Math.min(1, 0.5 - distance));
}
