/**
 * A pad to draw a digit on, by pointer or by keyboard, and what a network of MNIST sees of it.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Pixels of a side of a picture of MNIST, and of the box that its digit fills. */
const SIDE = 28, BOX = 20;

/** How wide the pen is, and how far a key moves it. */
const PEN = 22, STEP = 10;

/** A pad. */
export class Pad {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #changed: (picture: Uint8Array<ArrayBuffer>) => void;
  #pen: { x: number; y: number };
  #isDown = false;

  /** @param changed Told what the pad shows, after every stroke. */
  constructor(canvas: HTMLCanvasElement, changed: (picture: Uint8Array<ArrayBuffer>) => void) {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("Cannot draw: the browser gives no context of a canvas");
    this.#canvas = canvas;
    this.#context = context;
    this.#changed = changed;
    this.#pen = { x: canvas.width / 2, y: canvas.height / 4 };
    this.clear();
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#pen = this.#placeOf(event);
      this.#isDown = true;
      this.#line(this.#pen);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.#isDown && event.buttons > 0) this.#line(this.#placeOf(event));
    });
    canvas.addEventListener("pointerup", () => {
      this.#isDown = false;
      this.#tell();
    });
    canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Wipes it. */
  clear(): void {
    this.#context.fillStyle = "#000";
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** Shows a picture of 28 x 28 bytes. */
  show(picture: Uint8Array): void {
    this.clear();
    const cell = this.#canvas.width / SIDE;
    for (let i = 0; i < SIDE * SIDE; i++) {
      this.#context.fillStyle = `rgb(${picture[i]} ${picture[i]} ${picture[i]})`;
      this.#context.fillRect(i % SIDE * cell, Math.floor(i / SIDE) * cell, cell, cell);
    }
  }

  #key(event: KeyboardEvent): void {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ] ?? [0, 0];
    const isSpace = event.key === " ";
    if (x === 0 && y === 0 && !isSpace) return;
    event.preventDefault();
    const { width } = this.#canvas;
    const within = (place: number) => Math.min(width, Math.max(0, place));
    if (isSpace) {
      this.#isDown = !this.#isDown;
      if (this.#isDown) this.#line(this.#pen);
      else this.#tell();
      return;
    }
    const next = { x: within(this.#pen.x + x * STEP), y: within(this.#pen.y + y * STEP) };
    if (this.#isDown) this.#line(next);
    this.#pen = next;
  }

  #placeOf({ offsetX, offsetY }: PointerEvent): { x: number; y: number } {
    const scale = this.#canvas.width / this.#canvas.clientWidth;
    return { x: offsetX * scale, y: offsetY * scale };
  }

  #line(to: { x: number; y: number }): void {
    const context = this.#context;
    context.strokeStyle = "#fff";
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(this.#pen.x, this.#pen.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    this.#pen = to;
  }

  /** As the pictures of MNIST were made: the digit fits a box of 20 x 20, and its mass is in the middle of the picture. */
  #tell(): void {
    const { width: side } = this.#canvas;
    const { data } = this.#context.getImageData(0, 0, side, side);
    let [left, right, top, bottom, mass, massX, massY] = [side, -1, side, -1, 0, 0, 0];
    for (let i = 0; i < side * side; i++) {
      const ink = data[4 * i];
      if (ink === 0) continue;
      const [x, y] = [i % side, Math.floor(i / side)];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      [mass, massX, massY] = [mass + ink, massX + ink * x, massY + ink * y];
    }
    if (mass === 0) return;
    const scale = BOX / Math.max(right - left + 1, bottom - top + 1);
    const small = new OffscreenCanvas(SIDE, SIDE);
    const context = small.getContext("2d");
    if (context === null) return;
    context.imageSmoothingQuality = "high";
    context.fillRect(0, 0, SIDE, SIDE);
    const [x, y] = [massX / mass, massY / mass].map((middle) => SIDE / 2 - middle * scale);
    context.drawImage(this.#canvas, x, y, side * scale, side * scale);
    const pixels = context.getImageData(0, 0, SIDE, SIDE).data;
    this.#changed(Uint8Array.from({ length: SIDE * SIDE }, (_, i) => pixels[4 * i]));
  }
}
