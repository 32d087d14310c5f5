/**
 * Groups of parameters on the command line.
 *
 * @module
 */
import assert from "node:assert/strict";
import { flagLayer } from "../src/cli/config/flags.ts";
import { parseLayer, resolveConfig, setLayer } from "../src/cli/config/load.ts";
import { ValidationError } from "../src/cli/deps.ts";
import { groupsIn } from "../src/cli/groups.ts";
import { optimizerOf, settingsOf } from "../src/cli/settings.ts";

const DATA = { inputs: 6, target: { kind: "class", classes: 3 } } as const;

Deno.test("groupsIn() reads paths with what their parameters have of their own", () => {
  const expected = [
    { parameters: "head", own: { learningRate: 0.01, schedule: "constant" } },
    { parameters: "**.bias", own: { weightDecay: 0, decayAll: true, epsilon: 0.001 } },
  ];
  const texts = [
    "head learningRate=0.01 schedule=constant",
    "**.bias  weightDecay=0 decayAll=true epsilon=0.001",
  ];
  for (
    const layer of [
      flagLayer({ groups: texts.join(", ") }),
      setLayer([`optimizer.groups=${texts.join()}`]),
      parseLayer(JSON.stringify({ optimizer: { groups: texts } }), ".json", "run.json"),
    ]
  ) {
    assert.deepEqual(groupsIn(resolveConfig([layer])), expected, layer.origin);
  }
  assert.deepEqual(groupsIn(resolveConfig([])), []);
});

Deno.test("optimizerOf() gives groups their rates, and the rest of the optimizer's", () => {
  const config = resolveConfig([flagLayer({
    ...{ lr: "0.2", schedule: "linear", weightDecay: "0.1" },
    groups: "layer1 learningRate=0.05 epsilon=0.01, layer0.bias schedule=constant",
  })]);
  const { learningRate, groups = [], settings } = optimizerOf(config, 0);
  const rates = [learningRate, ...groups.map((group) => group.learningRate)].map((rate) =>
    typeof rate === "number" ? rate : rate(50, 100)
  );
  assert.deepEqual(rates, [0.1, 0.025, 0.2]);
  assert.deepEqual(settings?.groups, [{ parameters: "layer1", epsilon: 0.01 }, {
    parameters: "layer0.bias",
  }]);
});

Deno.test("groups that cannot be are refused as wrong use", () => {
  const refused: readonly [groups: string, message: RegExp][] = [
    [
      "layer1",
      /Option "--groups" \(optimizer.groups\) has "layer1"; expected the path of parameters/,
    ],
    [
      "layer1 lr=1",
      /has "layer1 lr=1"; .* any of learningRate, schedule, weightDecay, decayAll, beta1/,
    ],
    ["layer1 momentum=0.9", /has "layer1 momentum=0.9"; .* fresh, flush, such as/],
    ["layer1 learningRate=fast", /must be number > 0, but got "fast"/],
    ["layer1 learningRate=0", /the group "layer1": learningRate is 0; expected number > 0/],
    ["layer1 schedule=slow", /schedule is "slow"; expected cosine, constant, linear, step/],
    ["layer7 learningRate=1", /its group "layer7" has no parameter; the paths are "layer0.weight"/],
    [
      "*.bias decayAll=true,layer1 decayAll=true",
      /"layer1.bias" is in its groups "\*.bias" and "lay/,
    ],
  ];
  for (const [groups, message] of refused) {
    const config = resolveConfig([flagLayer({ groups, hidden: "5", method: "dense" })]);
    assert.throws(() => settingsOf(config, DATA), (error) => {
      assert.ok(error instanceof ValidationError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});
