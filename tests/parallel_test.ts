import assert from "node:assert/strict";
import { launched } from "../src/parallel/launcher.ts";
import { OrderedSum } from "../src/parallel/ordered_sum.ts";
import { openParallel, single } from "../parallel.ts";
import { alone, onRanks, scriptArgs, testOnEngines } from "./ranks.ts";

const SCRIPT = "parallel_ranks.ts";

testOnEngines("ranks sum in their order to the same bits, and tell each other", async (engine) => {
  const { code, out, err } = await onRanks(engine, 3, scriptArgs(SCRIPT, "agree"));
  assert.equal(code, 0, err);
  const said = JSON.parse(out);
  assert.ok(said.engine.startsWith(engine.name), said.engine);
  assert.equal(said.size, 3);
});

testOnEngines("abort() of a rank ends those that wait for it", async (engine) => {
  const { code, err } = await onRanks(engine, 3, scriptArgs(SCRIPT, "fail"));
  assert.equal(code, 3);
  assert.match(err, /rank 1 has failed/);
});

testOnEngines("an error that nobody catches ends all ranks", async (engine) => {
  const { code, err } = await onRanks(engine, 2, scriptArgs(SCRIPT, "throw"));
  assert.notEqual(code, 0);
  assert.match(err, /rank 1 has thrown/);
});

testOnEngines("openMpi() refuses to be rank 0 of 1 where more were started", async (engine) => {
  // As srun starts them without a plugin of this MPI.
  const library = engine.name === "MPICH" ? "libmpich.so.12" : "libmpi.so.40";
  const { code, err } = await alone(scriptArgs(SCRIPT, "agree"), {
    ...{ SLURM_NTASKS: "4", FILIGREE_MPI: library },
  });
  assert.equal(code, 1);
  assert.match(err, /Cannot join the ranks: SLURM_NTASKS is 4, and .* knows of 1 process, so that/);
  assert.match(err, /expected a launcher of this MPI: its mpirun, or srun with --mpi=pmix/);
});

Deno.test("openMpi() says which libraries there are not", async () => {
  const { code, err } = await alone(scriptArgs(SCRIPT, "agree"), { FILIGREE_MPI: "libnone.so" });
  assert.equal(code, 1);
  assert.match(
    err,
    /Cannot open MPI: .*libnone\.so.*; expected one of libnone\.so, as of the pack/,
  );
});

Deno.test("openParallel() is one process where no launcher has started several", () => {
  const parallel = openParallel();
  assert.deepEqual([parallel.rank, parallel.size], [0, 1]);
  const values = Float32Array.of(1, 2);
  for (const each of [parallel, single()]) {
    each.allReduce(values);
    each.broadcast(values);
    each.barrier();
    each.close();
  }
  assert.deepEqual([...values], [1, 2]);
});

Deno.test("launched() believes the launcher that is nearest", () => {
  const read = (variables: Record<string, string>) => (name: string) => variables[name];
  const slurm = { SLURM_NTASKS: "8" };
  const cases: [Record<string, string>, ReturnType<typeof launched>][] = [
    [{}, undefined],
    [slurm, { variable: "SLURM_NTASKS", size: 8 }],
    [{ ...slurm, SLURM_STEP_NUM_TASKS: "2" }, { variable: "SLURM_STEP_NUM_TASKS", size: 2 }],
    [{ ...slurm, PMI_SIZE: "3", MPI_LOCALNRANKS: "3" }, {
      ...{ variable: "PMI_SIZE", size: 3, here: 3, openMpi: false },
    }],
    [{ ...slurm, OMPI_COMM_WORLD_SIZE: "2", OMPI_COMM_WORLD_LOCAL_SIZE: "1" }, {
      ...{ variable: "OMPI_COMM_WORLD_SIZE", size: 2, here: 1, openMpi: true },
    }],
    [{ PMI_SIZE: "no number" }, undefined],
  ];
  for (const [variables, expected] of cases) {
    assert.deepEqual(launched({}, read(variables)), expected);
  }
  assert.equal(launched({ jobs: false }, read(slurm)), undefined);
});

Deno.test("OrderedSum adds in the order of ranks, whatever their number", () => {
  // More than a block of each rank; more than what is summed at a time.
  for (const [size, length] of [[1, 30_001], [2, 2 ** 22 + 5], [3, 30_001], [5, 30_001]]) {
    const given = Array.from(
      { length: size },
      (_, r) => Float32Array.from({ length }, (_, i) => ((i * (r + 3)) % 997) * 10 ** (i % 7)),
    );
    const sums = given.map((values, rank) => {
      let before = 0;
      const sum = new Float32Array(length);
      const ordered = new OrderedSum({
        ...{ rank, size },
        scatter(_, begins, received) {
          const own = [before + begins[rank], before + begins[rank + 1]];
          for (const [r, each] of given.entries()) {
            received.set(each.subarray(...own), r * (own[1] - own[0]));
          }
        },
        gather(part, begins) {
          sum.set(part, before + begins[rank]);
          before += begins[size];
        },
      });
      ordered.sum(values);
      return sum;
    });
    // Where each has put its part there is 0 in those of the others.
    const wrong = given[0].findIndex((_, i) => {
      let expected = 0, found = 0;
      for (const values of given) expected += values[i];
      for (const sum of sums) found += sum[i];
      return found !== Math.fround(expected);
    });
    assert.equal(wrong, -1, `element ${wrong} of ${length} on ${size} ranks`);
  }
});
