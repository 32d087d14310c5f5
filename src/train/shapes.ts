/**
 * Shapes of what operations make, without the dimension of the examples.
 *
 * @module
 */
import type { OperationWindows } from "../nn/operation.ts";
import type { RowsOperation } from "./rows.ts";

/** A shape without the dimension of the examples: `[features]` or `[channels, height, width]`. */
export type ExampleShape = readonly number[];

/**
 * The shape of what an operation makes.
 *
 * @param record The operation; its branches, if it has any, count as checked by the caller.
 * @throws {TypeError} if it cannot be applied to this shape.
 */
export function shapeAfter(record: RowsOperation, shape: ExampleShape): ExampleShape {
  switch (record.operation) {
    case "linear":
      requireShape(record.operation, shape, [record.weight.inputs]);
      return [record.weight.begin.length - 1];
    case "conv2d": {
      requireImages(record.operation, shape);
      const [, height, width] = shape;
      const { weight, kernel, stride, padding } = record;
      requireShape(record.operation, shape, [
        weight.inputs / (kernel[0] * kernel[1]),
        height,
        width,
      ]);
      const windows = { size: kernel, stride: [stride, stride] as const, padding };
      return [weight.begin.length - 1, ...windowed(shape, windows)];
    }
    case "maxPool":
    case "averagePool":
      requireImages(record.operation, shape);
      return [shape[0], ...windowed(shape, record)];
    case "globalAveragePool":
      requireImages(record.operation, shape);
      return [shape[0]];
    case "batchNorm":
      requireShape(record.operation, shape, [record.scale.length, ...shape.slice(1)]);
      return shape;
    case "relu":
      return shape;
    case "flatten":
      return [product(shape)];
    case "image": {
      const { channels, height, width } = record;
      requireShape(record.operation, [product(shape)], [channels * height * width]);
      return [channels, height, width];
    }
    case "residual": {
      const [body, shortcut] = [record.body, record.shortcut].map((branch) =>
        branch.reduce((before: ExampleShape, each) => shapeAfter(each, before), shape)
      );
      requireShape(record.operation, shortcut, body);
      return body;
    }
    case "unknown":
      throw new TypeError(
        `Cannot export the model: its layer of the kind "${record.kind}" does not say what it does; ` +
          "expected layers of nn, or ones with operations that say it in their records",
      );
  }
}

/**
 * Features of an example that operations take, where the first of them tells.
 *
 * @throws {TypeError} if it does not.
 */
export function inputsOf([first]: readonly RowsOperation[]): number {
  if (first?.operation === "linear") return first.weight.inputs;
  if (first?.operation === "image") return first.channels * first.height * first.width;
  throw new TypeError(
    `Cannot export the model: its first operation is ${
      first?.operation ?? "absent"
    }, which takes any number of features; ` +
      "expected a preparation that says how many there are",
  );
}

function windowed(
  [, height, width]: ExampleShape,
  { size, stride, padding }: OperationWindows,
): number[] {
  return [height, width].map((pixels, i) =>
    Math.floor((pixels + 2 * padding - size[i]) / stride[i]) + 1
  );
}

function requireImages(operation: string, shape: ExampleShape): void {
  if (shape.length !== 3) refuse(operation, shape, "images [channels, height, width]");
}

function requireShape(operation: string, found: ExampleShape, expected: ExampleShape): void {
  if (String(found) !== String(expected)) refuse(operation, found, `[${expected}]`);
}

function refuse(operation: string, shape: ExampleShape, expected: string): never {
  throw new TypeError(
    `Cannot export the model: its ${operation} is applied to [${shape}]; expected ${expected}`,
  );
}

function product(shape: ExampleShape): number {
  return shape.reduce((total, size) => total * size, 1);
}
