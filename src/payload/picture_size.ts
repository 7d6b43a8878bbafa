/**
 * The size of a picture.
 *
 * @module
 */

/** Pixels of a picture. */
export interface PictureSize {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
}
