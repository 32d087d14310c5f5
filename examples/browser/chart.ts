/**
 * Curves that grow.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Sizes of a chart, in the units of its view. */
const WIDTH = 420, HEIGHT = 200, LEFT = 46, RIGHT = 8, TOP = 10, BOTTOM = 24;

/** Horizontal lines of a chart. */
const LINES = 4;

/** A curve: a class of the style sheet, and its points by step. */
interface Curve {
  readonly name: string;
  readonly points: [step: number, value: number][];
}

/** How values are written. */
export type Format = (value: number) => string;

/** Draws curves over the steps of a training. */
export class Chart {
  readonly #svg: SVGSVGElement;
  readonly #title: string;
  readonly #format: Format;
  #curves: Curve[] = [];
  #steps = 1;

  /** @param title What is drawn, for those who do not see it. */
  constructor(svg: SVGSVGElement, title: string, format: Format) {
    this.#svg = svg;
    this.#title = title;
    this.#format = format;
    this.#draw();
  }

  /** Begins anew. */
  clear(): void {
    this.#curves = [];
    this.#draw();
  }

  /** Adds a point to a curve; `steps` is where the chart ends. */
  add(name: string, step: number, value: number, steps: number): void {
    this.#steps = Math.max(1, steps);
    let curve = this.#curves.find((each) => each.name === name);
    if (curve === undefined) this.#curves.push(curve = { name, points: [] });
    curve.points.push([step, value]);
    this.#draw();
  }

  #draw(): void {
    const values = this.#curves.flatMap(({ points }) => points.map(([, value]) => value));
    const low = values.length === 0 ? 0 : Math.min(...values);
    const high = values.length === 0 ? 1 : Math.max(...values);
    const room = high > low ? 0.06 * (high - low) : 0.05 * Math.abs(high) || 1;
    const bottom = low < 0 ? low - room : Math.max(0, low - room);
    const top = high + room;
    const x = (step: number) => LEFT + (WIDTH - LEFT - RIGHT) * step / this.#steps;
    const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (top - value) / (top - bottom);
    const parts: string[] = [];
    for (let i = 0; i <= LINES; i++) {
      const value = bottom + (top - bottom) * i / LINES;
      const at = y(value).toFixed(1);
      parts.push(`<path class="grid" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/>`);
      if (values.length === 0) continue;
      parts.push(`<text x="${LEFT - 6}" y="${at}" class="left">${this.#format(value)}</text>`);
    }
    const ends = values.length === 0 ? [] : [0, this.#steps];
    for (const step of ends) {
      const anchor = step === 0 ? "start" : "end";
      parts.push(
        `<text x="${x(step)}" y="${HEIGHT - 8}" text-anchor="${anchor}">${
          step === 0 ? "0" : `step ${step}`
        }</text>`,
      );
    }
    for (const { name, points } of this.#curves) {
      const line = points.map(([step, value]) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`);
      const [step, value] = points[points.length - 1];
      parts.push(
        `<path class="curve ${name}" d="M${line.join("L")}"/>`,
        `<circle class="curve ${name}" cx="${x(step)}" cy="${y(value)}" r="3.5"/>`,
      );
    }
    this.#svg.innerHTML = parts.join("");
    const last = this.#curves.map(({ name, points }) =>
      `${name} ${this.#format(points[points.length - 1][1])}`
    );
    const said = last.length === 0 ? "nothing yet" : last.join(", ");
    this.#svg.setAttribute("aria-label", `${this.#title}: ${said}`);
  }
}
