/**
 * The shape of an image.
 *
 * @module
 */

/** The shape of an image, whose numbers lie `[channels, height, width]`. */
export interface ImageShape {
  /** Numbers of a pixel. */
  readonly channels: number;
  /** Rows of pixels. */
  readonly height: number;
  /** Pixels of a row. */
  readonly width: number;
}
