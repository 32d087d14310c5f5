#!/usr/bin/env bash
# Deno 2.9.6 (npm `deno`): a program that computes in slices and waits for `setImmediate` between them lets timers fire, but
# looks at its sockets once in some sixty turns: an HTTP request on the loopback takes more than a hundred turns. With
# `setTimeout(0)` in its place the same request takes two or three. So whoever shares a thread between long computations and a
# server must wait for a timer, which costs a millisecond a turn.
#
# Expected, last lines:
#   immediate: N turns a request, N of 40 and more
#   timer: N turns a request, N of 10 and fewer
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit deno@2.9.6 >/dev/null
cat >turns.mjs <<'JS'
import http from "node:http";
import process from "node:process";

const [way] = process.argv.slice(2);
const turn = {
  immediate: () => new Promise((done) => setImmediate(done)),
  timer: () => new Promise((done) => setTimeout(done, 0)),
}[way];
const server = http.createServer((_, answer) => answer.end("here"));
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const { port } = server.address();
const requests = 20;
let answered = 0, turns = 0;
const ask = () =>
  new Promise((done, fail) => {
    http.get({ port, host: "127.0.0.1", agent: false }, (answer) => {
      answer.resume();
      answer.on("end", () => done(answered++));
    }).on("error", fail);
  });
const asking = (async () => {
  for (let i = 0; i < requests; i++) await ask();
})();
while (answered < requests && turns < 20000) {
  // A slice of computation.
  for (const begin = performance.now(); performance.now() - begin < 1;);
  await turn();
  turns++;
}
await asking;
console.log(Math.round(turns / requests));
process.exit(0);
JS
node_modules/.bin/deno --version | head -1
immediate="$(node_modules/.bin/deno run -A turns.mjs immediate)"
timer="$(node_modules/.bin/deno run -A turns.mjs timer)"
echo "immediate: $immediate turns a request"
echo "timer: $timer turns a request"
[ "$immediate" -ge 40 ] && [ "$timer" -le 10 ] || { echo "This has changed."; exit 1; }
