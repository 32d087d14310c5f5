#!/usr/bin/env bash
# npm ml-naivebayes 4.0.0: `GaussianNB` is trained on all features, and `predict` looks at the first two of them, without an
# error or a word in the documentation. Classes that are apart in the third are told apart no better than by chance; of 64 features
# 62 are as if they were not there. Issue 3 of the repository, "Bug with more than 2 features" of 2016, is closed. What training
# keeps is right: the same densities, added up over all features of `toJSON()`, find every row. So the model is trained with
# this class and read without it.
#
# Expected, last lines:
#   classes apart in feature 1 of 3: predict finds 200 of 200 rows, densities of all features 200
#   classes apart in feature 2 of 3: predict finds 200 of 200 rows, densities of all features 200
#   classes apart in feature 3 of 3: predict finds 104 of 200 rows, densities of all features 200
#   2 and 3 changed places: the last is found in 200 of 200 rows
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit ml-naivebayes@4.0.0
cat >features.mjs <<'JS'
import { GaussianNB } from "ml-naivebayes";

let state = 1;
const draw = () => (state = state * 48271 % 2147483647) / 2147483647;
const normal = () => Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw());
const classes = Array.from({ length: 200 }, (_, i) => i % 2);
const right = (predicted) => predicted.filter((found, i) => found === classes[i]).length;
const train = (rows) => {
  const model = new GaussianNB();
  model.train(rows, classes);
  return model;
};

/** The class of the highest density: what the model keeps of a feature is the factor and the divisor of a normal density. */
function byHand(rows, { means, calculateProbabilities }) {
  return rows.map((row) => {
    const scores = calculateProbabilities.map(([prior, ...features], of) =>
      features.reduce((sum, [factor, by], j) => sum + Math.log(factor) + (row[j] - means[of][j]) ** 2 / by, prior)
    );
    return scores.indexOf(Math.max(...scores));
  });
}

const found = [];
let rows;
for (const apart of [0, 1, 2]) {
  rows = classes.map((of) => [0, 1, 2].map((feature) => normal() + (feature === apart ? 8 * of : 0)));
  const model = train(rows);
  const [predicted, all] = [right(model.predict(rows)), right(byHand(rows, model.toJSON()))];
  found.push(predicted, all);
  console.log(
    `classes apart in feature ${apart + 1} of 3: predict finds ${predicted} of 200 rows, densities of all features ${all}`,
  );
}
const turned = rows.map(([a, b, c]) => [a, c, b]);
const last = right(train(turned).predict(turned));
console.log(`2 and 3 changed places: the last is found in ${last} of 200 rows`);
if (found.join() !== "200,200,200,200,104,200" || last !== 200) {
  console.error("This has changed.");
  process.exit(1);
}
JS
node features.mjs
