/**
 * The regions of pooling, pixel by pixel.
 *
 * @module
 */

/** A region of one example: where its result lies, and its pixels inside the image, row by row. */
export interface PoolingRegion {
  /** Place in the result. */
  readonly at: number;
  /** Places in the images. */
  readonly pixels: readonly number[];
}

/** Every region of every channel and column: see `src/ops/kernels/pooling.ts`. */
export function* poolingRegions(
  p: Readonly<Record<string, number>>,
): Generator<PoolingRegion, void, undefined> {
  const { channels, height, width, columns, outHeight, outWidth } = p;
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let wy = 0; wy < outHeight; wy++) {
      for (let wx = 0; wx < outWidth; wx++) {
        for (let column = 0; column < columns; column++) {
          const pixels: number[] = [];
          for (let dy = 0; dy < p.regionHeight; dy++) {
            for (let dx = 0; dx < p.regionWidth; dx++) {
              const py = wy * p.strideHeight + dy - p.padding;
              const px = wx * p.strideWidth + dx - p.padding;
              if (py < 0 || py >= height || px < 0 || px >= width) continue;
              pixels.push(((channel * height + py) * width + px) * columns + column);
            }
          }
          yield { at: at++, pixels };
        }
      }
    }
  }
}

/** Elements of the images. */
export function imageLength(p: Readonly<Record<string, number>>): number {
  return p.channels * p.height * p.width * p.columns;
}

/** Elements of the result. */
export function resultLength(p: Readonly<Record<string, number>>): number {
  return p.channels * p.outHeight * p.outWidth * p.columns;
}
