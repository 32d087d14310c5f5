/**
 * The server of `benches/places`: hands out data, task and code, and waits for a result.
 *
 * @module
 */
import { join } from "node:path";

/** What is served. */
export interface Files {
  /** Contents by path. */
  readonly memory: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** Folders by the paths that they are served under. */
  readonly folders: Readonly<Record<string, string>>;
}

/** What one of those that ask is to do. */
export interface Work {
  /** Of a page: which script its worker runs. */
  readonly script: "train" | "beside";
  /** What the script is told. */
  readonly task: object;
}

/** A running server. */
export interface Served {
  /** Starts a process and returns what it sends; ends the process then. */
  ask<Result>(
    work: Work,
    start: (base: string) => Deno.ChildProcess,
  ): Promise<Result>;
  /** Ends the server. */
  close(): Promise<void>;
}

/** Minutes after which a result is missed. */
const PATIENCE = 8;

/** What browsers want to know of files. */
const TYPES: Readonly<Record<string, string>> = { js: "text/javascript", wasm: "application/wasm" };

/** Memory is shared between threads of pages that are alone in their process. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Starts the server. */
export function serve({ memory, folders }: Files): Served {
  let work: Work = { script: "train", task: {} };
  let arrived: (result: unknown) => void = () => {};
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return html(pageOf(work));
    if (pathname === "/task") return Response.json(work.task);
    if (pathname === "/result") {
      arrived(await request.json());
      return new Response();
    }
    if (Object.hasOwn(memory, pathname)) return new Response(memory[pathname]);
    return await fileAt(pathname, folders);
  };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const response = await answer(request);
      for (const [name, value] of Object.entries(ISOLATED)) response.headers.set(name, value);
      return response;
    },
  );
  const base = `http://127.0.0.1:${server.addr.port}`;
  return {
    async ask<Result>(asked: Work, start: (base: string) => Deno.ChildProcess): Promise<Result> {
      work = asked;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      arrived = resolve;
      const child = start(base);
      const timer = setTimeout(
        () => reject(new Error(`Cannot measure: nothing came within ${PATIENCE} minutes`)),
        60_000 * PATIENCE,
      );
      try {
        const result = await promise as Result | { readonly error: string };
        if (typeof result === "object" && result !== null && "error" in result) {
          throw new Error(`Cannot measure: ${result.error}`);
        }
        return result as Result;
      } finally {
        clearTimeout(timer);
        end(child);
        await child.status;
      }
    },
    close: () => server.shutdown(),
  };
}

/** Ends a process, unless it has ended by itself. */
function end(child: Deno.ChildProcess): void {
  try {
    child.kill();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** A page whose worker does what is asked for, and which sends what the worker says. */
function pageOf({ script, task }: Work): string {
  return `<!doctype html><title>places</title><script type="module">
    const worker = new Worker("/package/src/device/wasm/${script}.js", { type: "module" });
    const send = (result) => fetch("/result", { method: "POST", body: JSON.stringify(result) });
    worker.onmessage = ({ data }) => send(data);
    worker.onerror = ({ message }) => send({ error: message });
    worker.postMessage(${JSON.stringify(task)});
  </script>`;
}

function html(text: string): Response {
  return new Response(text, { headers: { "content-type": "text/html; charset=utf-8" } });
}

async function fileAt(path: string, folders: Files["folders"]): Promise<Response> {
  const under = Object.keys(folders).find((under) => path.startsWith(under));
  if (under === undefined) return new Response("not found", { status: 404 });
  try {
    const content = await Deno.readFile(join(folders[under], path.slice(under.length)));
    const type = TYPES[path.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    return new Response(content, { headers: { "content-type": type } });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Response("not found", { status: 404 });
    throw error;
  }
}
