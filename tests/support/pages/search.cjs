// The search of the site outside a browser: node search.cjs WORKER INDEX, a list of queries on standard input.
// Prints for each query the pages that the theme's own search worker returns, best first.
const fs = require("node:fs");

let receive = null;
globalThis.self = globalThis;
globalThis.addEventListener = (_, listener) => (receive = listener);
let answer = null;
globalThis.postMessage = (message) => (answer = message);
require(fs.realpathSync(process.argv[2]));

const text = fs.readFileSync(process.argv[3], "utf8");
const index = JSON.parse(text.slice(text.indexOf("{")));

(async () => {
  await receive({ data: { type: 0, data: { ...index, options: { suggest: false } } } });
  const found = {};
  for (const query of JSON.parse(fs.readFileSync(0, "utf8"))) {
    await receive({ data: { type: 2, data: query } });
    // The best section of a page counts, as in the list that the theme shows.
    found[query] = answer.data.items.map((sections) => sections[0].location.split("#")[0] || "index.html");
  }
  console.log(JSON.stringify(found));
})();
