/**
 * Peers: child processes that speak `protocol.ts`.
 *
 * @module
 */
import type { Contender } from "./contender.ts";
import type {
  ArrayFile,
  ErrorResponse,
  OpenRequest,
  OpenResponse,
  Request,
  RunResponse,
} from "./protocol.ts";

/** A program that can be asked. */
export type Program = "jax" | "tfjs" | "torch" | "sparselab" | "scipy" | "numpy";

/** What {@linkcode openPeer} is told; arrays as they are. */
export interface PeerTask extends Omit<OpenRequest, "arrays"> {
  /** Arrays of the task by name, with their sizes. */
  readonly arrays: Readonly<Record<string, readonly [Float32Array, readonly number[]]>>;
}

/** The interpreter that `setup.sh` installs. */
const PYTHON = new URL("./.venv/bin/python", import.meta.url).pathname;

/** Seconds that a peer may take to answer. */
const PATIENCE = 300;

/**
 * Starts a peer and gives it its task.
 *
 * @throws {Error} if it cannot be started, ends, or answers with an error.
 */
export async function openPeer(program: Program, task: PeerTask): Promise<Contender> {
  const folder = await Deno.makeTempDir({ prefix: "filigree_peer_" });
  const arrays: Record<string, ArrayFile> = {};
  for (const [name, [data, shape]] of Object.entries(task.arrays)) {
    const file = `${folder}/${name}.f32`;
    await Deno.writeFile(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    arrays[name] = { file, shape };
  }
  const peer = new Peer(program, folder, task.threads);
  try {
    await peer.open({ ...task, arrays });
    return peer;
  } catch (error) {
    await peer.close();
    throw error;
  }
}

class Peer implements Contender {
  readonly #program: Program;
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncIterator<string>;
  readonly #complaints: Promise<string>;
  #opened: OpenResponse = { versions: {}, device: "unknown" };

  constructor(program: Program, folder: string, threads: number) {
    this.#program = program;
    this.#folder = folder;
    this.#child = command(program, threads).spawn();
    this.#requests = this.#child.stdin.getWriter();
    this.#answers = lines(this.#child.stdout);
    this.#complaints = new Response(this.#child.stderr).text();
  }

  get versions(): Readonly<Record<string, string>> {
    return this.#opened.versions;
  }

  get device(): string {
    return this.#opened.device;
  }

  async open(request: OpenRequest): Promise<void> {
    this.#opened = await this.#ask<OpenResponse>(request);
  }

  async run(times: number): Promise<RunResponse> {
    return await this.#ask<RunResponse>({ run: times });
  }

  async result(): Promise<Float32Array> {
    const file = `${this.#folder}/result.f32`;
    await this.#ask({ result: file });
    return new Float32Array((await Deno.readFile(file)).buffer);
  }

  async close(): Promise<void> {
    await this.#requests.close().catch(() => {/* It has ended already. */});
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await this.#child.status;
    clearTimeout(timer);
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #ask<Answer extends object>(request: Request): Promise<Answer> {
    const text = new TextEncoder().encode(`${JSON.stringify(request)}\n`);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE * 1000);
    try {
      await this.#requests.write(text).catch(() => {/* It has ended; the answer below says so. */});
      const { value, done } = await this.#answers.next();
      if (done === true) throw new Error(await this.#death());
      const answer = JSON.parse(value) as Answer | ErrorResponse;
      if ("error" in answer) throw new Error(`${this.#program} cannot do it: ${answer.error}`);
      return answer;
    } finally {
      clearTimeout(timer);
    }
  }

  async #death(): Promise<string> {
    const { code, signal } = await this.#child.status;
    const last = (await this.#complaints).trim().split("\n").slice(-3).join(" | ");
    return `${this.#program} ended with ${signal ?? `exit code ${code}`}: ${last || "no message"}`;
  }
}

function command(program: Program, threads: number): Deno.Command {
  const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  if (program === "jax" || program === "tfjs") {
    const script = new URL(`./${program}.ts`, import.meta.url).pathname;
    return new Deno.Command(Deno.execPath(), { args: ["run", "-A", script], ...piped });
  }
  const script = new URL(`./python/${program}_peer.py`, import.meta.url).pathname;
  const count = String(threads);
  return new Deno.Command(PYTHON, {
    args: ["-u", script],
    // Read when the libraries are loaded, before anybody could set them from within.
    env: {
      OMP_NUM_THREADS: count,
      MKL_NUM_THREADS: count,
      OPENBLAS_NUM_THREADS: count,
      // Threads that spin at a barrier cost themselves any factor on a core that is not all theirs.
      OMP_WAIT_POLICY: Deno.env.get("OMP_WAIT_POLICY") ?? "PASSIVE",
    },
    ...piped,
  });
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    // Answers are objects; what a library prints of its own is not.
    yield* parts.filter((line) => line.startsWith("{"));
  }
}
