/**
 * `deno run -A benches/report.ts MACHINE FILE... > docs/results/performance.md`: the lines of `deno task bench --json` and of
 * `benches/peers/mod.ts --json` as Markdown, a section for each kind of figure. `MACHINE` says in words where and when
 * they were measured.
 *
 * @module
 */

/** One line of a bench. */
interface Line {
  readonly name: string;
  readonly ratio: number;
  readonly unit: string;
  readonly device: string;
  readonly goal?: number;
  readonly details?: Readonly<Record<string, number | string>>;
}

/** A section: names that begin so, and what is said of them. */
interface Section {
  readonly prefixes: readonly string[];
  readonly title: string;
  readonly text: string;
  readonly command: string;
}

const SECTIONS: readonly Section[] = [
  {
    prefixes: ["step/fan-in", "step/group", "step/block", "step/1:", "step/2:"],
    title: "A layer's whole training step against our own dense layer",
    text:
      "Forward with bias, gradients of input, weights and bias, AdamW; batch 256. Dense time / sparse time.",
    command: "deno task bench step",
  },
  {
    prefixes: ["product/forward", "product/input", "product/weight"],
    title: "Single products against our own dense ones",
    text: "90 % sparse, 1024 x 1024, batch 256. Dense time / sparse time.",
    command: "deno task bench product",
  },
  {
    prefixes: ["batched"],
    title: "Products of matrices for every head and example against our own dense product",
    text:
      "Of attention: four heads of 32 features, 64 positions, 32 examples. Rate / rate of a product of 512 x 512 x 512.",
    command: "deno task bench batched",
  },
  {
    prefixes: ["conv"],
    title: "A convolution's whole training step against our own dense convolution",
    text:
      "Windows of 3 x 3, channels in and out, pixels, stride; forward with bias, gradients of image, weights and bias, AdamW. Dense time / sparse time.",
    command: "deno task bench conv",
  },
  {
    prefixes: ["forward/nm"],
    title: "N:M, forward",
    text: "Unpacking of the segments included. Dense time / sparse time.",
    command: "deno task bench forward/nm",
  },
  {
    prefixes: ["crossover"],
    title: "Density below which a fan-in layer is faster than dense",
    text: "Of the whole step. `filigree bench` draws the curve for every pattern.",
    command: "deno task bench crossover",
  },
  {
    prefixes: ["dense"],
    title: "Our dense product against the core's multiply-add peak",
    text: "1024 x 1024 x 1024, one thread.",
    command: "deno task bench dense",
  },
  {
    prefixes: ["threads"],
    title: "Two threads against one",
    text:
      "The sparse step at 90 %, WASM; both leave the same bits. Of more threads by the share that two do not share (Amdahl's law), where memory does not bound them.",
    command: "deno task bench threads",
  },
  {
    prefixes: ["memory"],
    title: "Memory",
    text:
      "Bytes of dense weights, moments and gradients / those of the sparse layer with its indices, at 95 %; " +
      "the plan, the allocator and the arithmetic agree to the byte.",
    command: "deno task bench memory",
  },
  {
    prefixes: ["host", "import"],
    title: "The host",
    text: "What a replayed step, a readback, an import and a start cost.\n\n" +
      "What a first step takes, time of cores in fresh processes with a warm cache (`host/start/wasm`, medians of eight): Deno itself 46 ms, the import of `mod.ts` 104, the device 8, model and trainer 14, and 135 from there to the end of the first step, of which drawing patterns and first values takes 40 % and the first run of the program, whose functions V8 compiles then, 25 %. Deno and the import alone are the 150 ms that were asked for. Where nothing says which device (`host/start/auto`), looking for a hardware adapter adds about 150 ms: Mesa's software driver is loaded to be told that it is software.\n\n" +
      "Of the host's part of a step of 17 dispatches on WebGPU, medians of 200, `finish` of the encoder takes 25 % and `submit` 24 %, three `writeBuffer` 18 %, error scopes 5 %, encoder and pass 10 %, and `setPipeline`, `setBindGroup` and `dispatchWorkgroups` together 8 %: bind groups are made once, have no dynamic offsets, and no pipeline is set twice in a row. What is left to cut lies in the runtime, which checks every dispatch anew.",
    command: "deno task bench host import",
  },
  {
    prefixes: ["bert/step", "bert/layer", "bert/matrices", "bert/threads", "bert/base"],
    title: "BERT against our own dense one",
    text: "32 texts of 128 positions, a tenth of the connections of the encoder.",
    command: "deno task bench bert",
  },
  {
    prefixes: ["bert/memory"],
    title: "Memory of an encoder",
    text: "Weights, moments and lists of its matrices, of those of dense ones.",
    command: "deno task bench bert/memory",
  },
  {
    prefixes: ["rewiring"],
    title: "Rewiring",
    text: "Share of the training time at a rewiring every 100 steps, readback included.\n" +
      "\n" +
      "What a rewiring by gradient consists of (1024-wide, profile of time of cores): the dense product of the growth probe 50 %, the choice of candidates out of it 18 %, forward and backward of the probe 11 %, the host 21 %. The product alone, 476 million operations at the rate of our dense product, takes 10 ms; a share of 2 % would leave 9 ms for everything. Three designs were tried; masks are the same bit for bit in all, ratios are of the time of cores, new over old, taken alternately:\n" +
      "\n" +
      "- Steps of the sum are passed over where a row of the gradient, or all of 32 inputs, are 0 (half of both are, behind a ReLU), a row at a time: the kernel takes 0.98 to 1.03 with relaxed SIMD, 0.83 to 0.94 with plain SIMD. What is saved of the multiply-adds is paid in loads: nine for eight products, where the tile of the dense product takes three. Not kept.\n" +
      "- The same for two rows and 24 inputs, which share what they load and do not pass over where either is not 0: 1.09 to 1.10, and 1.03 to 1.10. Not kept.\n" +
      "- SRigL asks for as many candidates of a row as a rewiring usually replaces, as RigL does, and for a whole row of them once a row comes back: 0.96 of a rewiring of the 1024-wide network, 0.95 of the 512-wide one. Kept, as is the mean of a row of scores, by which the choice begins, in four sums that do not wait for each other: 0.95 to 0.99 of the kernel.",
    command: "deno task bench rewiring",
  },
  {
    prefixes: [
      "product/512",
      "step/784",
      "bytes/784",
      "bert/tiny",
      "bert/mini",
      "bert/medium",
      "inference",
      "select",
      "peer",
    ],
    title: "Peers",
    text:
      "The same task, the same weights, the same machine, in one run; each checked against the other. " +
      "Their time / our time.",
    command: "bash benches/peers/setup.sh && deno run -A benches/peers/mod.ts",
  },
];

async function readLines(path: string): Promise<Line[]> {
  const text = await Deno.readTextFile(path);
  return text.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

/** The details that a reader wants: times, rates, quartiles; bytes as they are. */
function detailsOf({ details = {} }: Line): string {
  return Object.entries(details).map(([key, value]) =>
    `${key} ${
      typeof value === "number"
        ? value.toLocaleString("en", { maximumSignificantDigits: 4 })
        : value
    }`
  ).join(", ");
}

function ratioOf({ ratio, unit }: Line): string {
  if (unit.startsWith("share")) return `${(100 * ratio).toPrecision(3)} %`;
  const times = / time \/ |bytes \/ |\/ time of/.test(unit);
  return `${ratio.toPrecision(3)}${times ? "x" : ""}`;
}

function sectionText({ title, text, command }: Section, lines: readonly Line[]): string {
  const rows = lines.map((line) =>
    `| \`${line.name}\` | ${line.device} | ${ratioOf(line)} | ${line.unit} | ${detailsOf(line)} |`
  );
  return [
    `## ${title}`,
    "",
    text,
    "",
    `\`${command}\``,
    "",
    "| bench | device | figure | unit | details |",
    "| --- | --- | ---: | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

if (import.meta.main) {
  const [machine, ...files] = Deno.args;
  const lines = (await Promise.all(files.map(readLines))).flat();
  console.log(
    "# Performance\n\n" +
      "Every figure is a ratio of medians taken alternately in one run, gated on a correct result; quartiles of the ratio of " +
      "neighbours stand beside it. Made from the lines of the benches by `benches/report.ts`.\n\n" +
      `${machine}\n`,
  );
  for (const section of SECTIONS) {
    const own = lines.filter(({ name }) =>
      section.prefixes.some((prefix) => name.startsWith(prefix))
    );
    if (own.length > 0) console.log(sectionText(section, own));
  }
}
