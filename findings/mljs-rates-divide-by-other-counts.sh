#!/usr/bin/env bash
# npm ml-performance 0.2.0 and ml-confusion-matrix 2.0.0: three rates are divided by counts that are not those of their
# definitions, without an error. `acc` of ml-performance is the number of right ones by the number of different scores: right if no
# two scores are equal, a little too high with a few ties, and above 1 with many, as of scores that were rounded. `err` divides
# one of its two terms, and is not 1 less the accuracy even without ties. `getFalseOmissionRate` of ml-confusion-matrix, by
# definition FN / (FN + TN), divides by FN + TP: it is `getFalseNegativeRate`. `tp`, `fp`, `tn` and `fn` of ml-performance are
# right, and so is `getNegativePredictiveValue`, whose complement is the false omission rate.
#
# Expected, last lines:
#   scores 0.9 0.8 0.7 0.4 0.3 0.1, of 1 1 0 1 0 0, best threshold: acc 0.83, err 1.00, by its own counts 0.83 and 0.17
#   scores 0.9 0.8 0.8 0.4 0.4 0.1, of 1 1 0 1 0 0, best threshold: acc 1.00, err 2.00, by its own counts 0.67 and 0.33
#   scores 1 1 1 0 0 0, of 1 1 0 1 0 0, best threshold: acc 2.00, err 1.50, by its own counts 0.67 and 0.33
#   TP 3, FN 1, FP 1, TN 15: false omission rate 0.25, false negative rate 0.25, 1 - negative predictive value 0.06
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit ml-performance@0.2.0 ml-confusion-matrix@2.0.0
cat >rates.mjs <<'JS'
import { ConfusionMatrix } from "ml-confusion-matrix";
import Performance from "ml-performance";

const fixed = (...numbers) => numbers.map((x) => x.toFixed(2));
const truth = [1, 1, 0, 1, 0, 0];
const found = [[0.9, 0.8, 0.7, 0.4, 0.3, 0.1], [0.9, 0.8, 0.8, 0.4, 0.4, 0.1], [1, 1, 1, 0, 0, 0]].map((scores) => {
  const performance = new Performance([scores], [truth], { all: true, max: true });
  const right = performance.tp.map((tp, i) => (tp + performance.tn[i]) / truth.length);
  const best = right.indexOf(Math.max(...right));
  const [acc, err] = ["acc", "err"].map((name) => performance.getMeasure(name)[best]);
  const rates = fixed(acc, err, right[best], 1 - right[best]);
  console.log(
    `scores ${scores.join(" ")}, of ${truth.join(" ")}, best threshold: acc ${rates[0]}, err ${rates[1]}, ` +
      `by its own counts ${rates[2]} and ${rates[3]}`,
  );
  return rates.join(" ");
});
const matrix = new ConfusionMatrix([[3, 1], [1, 15]], ["yes", "no"]);
const rates = fixed(
  matrix.getFalseOmissionRate("yes"),
  matrix.getFalseNegativeRate("yes"),
  1 - matrix.getNegativePredictiveValue("yes"),
);
const [tp, fn, fp, tn] = matrix.getConfusionTable("yes").flat();
console.log(
  `TP ${tp}, FN ${fn}, FP ${fp}, TN ${tn}: false omission rate ${rates[0]}, false negative rate ${rates[1]}, ` +
    `1 - negative predictive value ${rates[2]}`,
);
const expected = ["0.83 1.00 0.83 0.17", "1.00 2.00 0.67 0.33", "2.00 1.50 0.67 0.33", "0.25 0.25 0.06"];
if ([...found, rates.join(" ")].join() !== expected.join()) {
  console.error("This has changed.");
  process.exit(1);
}
JS
node rates.mjs
