/**
 * Pictures of a pattern: how many connections each input has, and which there are, with what the last rewiring moved.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { colour, element, write } from "./elements.ts";
import type { DataFacts, LayerMask } from "./messages.ts";

/** Red, green, blue. */
type Colour = readonly [number, number, number];

/** The pattern as it is, and as it was before the last rewiring. */
export interface Pictured {
  readonly now: LayerMask;
  readonly before: LayerMask | undefined;
}

/** Draws both pictures of a layer; the first one has the shape of the examples if these are pictures. */
export function drawPattern({ now, before }: Pictured, image: DataFacts["image"]): void {
  drawFanOut(now, image);
  const { grown, dropped } = drawMatrix(now, before);
  const { label, rows, inputs, mask } = now;
  const connections = mask.reduce((sum, each) => sum + each, 0);
  const share = (100 * connections / (rows * inputs)).toFixed(1);
  const moved = before === undefined
    ? ""
    : `; the last rewiring dropped ${count(dropped)} and grew ${count(grown)}`;
  write("moved", `${label}: ${count(connections)} connections, ${share} %${moved}.`);
}

function count(number: number): string {
  return number.toLocaleString("en");
}

/** Connections of each input, as a picture. */
function drawFanOut({ rows, inputs, mask }: LayerMask, image: DataFacts["image"]): void {
  const counts = new Uint32Array(inputs);
  for (let i = 0; i < rows * inputs; i++) counts[i % inputs] += mask[i];
  const isPicture = image !== undefined && image.height * image.width === inputs;
  const width = isPicture ? image.width : Math.ceil(Math.sqrt(inputs));
  const height = isPicture ? image.height : Math.ceil(inputs / width);
  const most = counts.reduce((max, each) => Math.max(max, each), 1);
  const ramp = [rgb("ramp-0"), rgb("ramp-1"), rgb("ramp-2")];
  paint("fan-out", width, height, (at) => at < inputs ? along(ramp, counts[at] / most) : ramp[0]);
  const least = counts.reduce((min, each) => Math.min(min, each), most);
  write("fan-out-range", `(${least} to ${most} of ${rows})`);
  describe("fan-out", `Connections of each input: ${least} to ${most} of ${rows} neurons`);
}

/** Which connections exist, a row for each neuron. */
function drawMatrix(
  { rows, inputs, mask }: LayerMask,
  before: LayerMask | undefined,
): { readonly grown: number; readonly dropped: number } {
  const none = rgb("panel"), stays = rgb("stays"), grew = rgb("grown"), lost = rgb("dropped");
  let grown = 0, dropped = 0;
  paint("matrix", inputs, rows, (at) => {
    const was = before === undefined ? mask[at] : before.mask[at];
    if (was === mask[at]) return was === 1 ? stays : none;
    if (mask[at] === 1) {
      grown++;
      return grew;
    }
    dropped++;
    return lost;
  });
  describe(
    "matrix",
    `Which of ${rows} times ${inputs} connections exist: ${grown} grown and ${dropped} dropped in the last rewiring`,
  );
  return { grown, dropped };
}

function paint(name: string, width: number, height: number, at: (place: number) => Colour): void {
  const canvas = element(name, HTMLCanvasElement);
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue] = at(i);
    pixels.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(pixels, 0, 0);
}

function describe(name: string, text: string): void {
  element(name, HTMLCanvasElement).setAttribute("aria-label", text);
}

/** A colour of the style sheet, written `#rrggbb`. */
function rgb(name: string): Colour {
  const number = parseInt(colour(name).slice(1), 16);
  return [number >> 16, number >> 8 & 255, number & 255];
}

/** A colour between those of a ramp. */
function along(ramp: readonly Colour[], share: number): Colour {
  const place = share * (ramp.length - 1);
  const first = Math.min(ramp.length - 2, Math.floor(place));
  const [from, to] = [ramp[first], ramp[first + 1]];
  const mixed = from.map((part, i) => Math.round(part + (to[i] - part) * (place - first)));
  return [mixed[0], mixed[1], mixed[2]];
}
