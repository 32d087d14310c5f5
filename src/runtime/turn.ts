/**
 * Turns of the event loop.
 *
 * @module
 */
import { ownProcess } from "./built_in.ts";

/** Milliseconds of work after which a page is due to be drawn again, and after which a process looks at its sockets. */
const FRAME = 12, PROCESS = 150;

/** Milliseconds of work between two turns: where somebody looks at a page that this thread draws, few. */
export function turnInterval(): number {
  return "document" in globalThis ? FRAME : PROCESS;
}

/** Lets timers and events that wait come first. */
export async function turn(): Promise<void> {
  // In a process a timer, because nothing else has Deno look at its sockets: a message or an immediate comes back before that.
  // A browser makes timers that follow each other wait 4 ms, and messages not.
  await (ownProcess() === undefined ? turnOfPage() : new Promise<void>((done) => setTimeout(done)));
}

function turnOfPage(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((done) => {
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(0);
  });
}
