// mutate.mjs - break a stack at every node, in every way, one at a time; the
// schema and `miso validate` must agree about each.
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";

const AT_ONCE = 3; // runs of miso

// What a schema cannot say, so that only miso refuses it: by the code of the
// mistake, when all of them are of such codes...
const beyond = {
  E0108: "how much there may be in all",
  E0112: "files that are there", E0113: "files that are there",
  E0205: "what the language has and this miso not",
  E0206: "names made of several: of the members of a for_each",
  E0207: "keys that exclude each other",
  E0301: "the grammar of expressions", E0302: "what is in expressions", E0303: "what is in expressions",
  E0304: "which names there are", E0305: "what may be used where", E0306: "what expressions come to",
  E0307: "cycles", E0308: "checks that fail", E0309: "what moved where", E0310: "secrets in the wrong place",
  E0401: "values of variables", E0402: "values of variables", E0403: "values of variables",
};

// ... or by what it says.
const beyondText = [
  [/ambiguous: quote it/, "YAML 1.1's other words for true and false: a schema sees text"],
];

const odd = [null, true, 0, -1, 7, 12345678901, 1.5, "", "text", "Not A Name!", "${nope", "no", [], ["text"], [[]], {}, { nope: 1 }];

function* nodes(value, path = []) {
  yield [path, value];
  if (value && typeof value === "object")
    for (const key of Object.keys(value)) yield* nodes(value[key], [...path, key]);
}

function change(doc, path, how) {
  if (!path.length) return how(doc);
  const parent = path.slice(0, -1).reduce((v, k) => v[k], doc);
  const key = path.at(-1);
  if (how === undefined) Array.isArray(parent) ? parent.splice(key, 1) : delete parent[key];
  else parent[key] = how(parent[key]);
  return doc;
}

// Where names of one's own and places in a list do not matter.
function shape(path) {
  const own = path.length > 1 && !(path.length === 2 && path[0] === "locals") ? 1 : -1;
  return path.map((key, i) => (i === own || typeof key === "number" ? "*" : key)).join(".");
}

// [what, the document, the value there now] of each mutation of the YAML `text`
// that was not seen at a place of the same shape; `seen` is a set.
export function* mutations(text, options, seen) {
  for (const [path, value] of nodes(parse(text, options))) {
    const at = path.join(".") || "the file";
    const ways = [...odd.map((other) => [`= ${JSON.stringify(other)}`, () => structuredClone(other)])];
    if (path.length) ways.push(["gone"]);
    if (typeof value === "string") {
      ways.push(["with a blank behind", (v) => `${v} `]);
      ways.push(["in capitals", (v) => v.toUpperCase()]);
    }
    if (Array.isArray(value)) ways.push(["an item twice", (v) => [...v, ...v.slice(0, 1)]]);
    else if (value && typeof value === "object") {
      ways.push(["a key more", (v) => ({ ...v, nonsense: 1 })]);
      ways.push(["a bad key more", (v) => ({ ...v, "Bad Key": structuredClone(Object.values(v)[0] ?? null) })]);
    }
    for (const [what, how] of ways) {
      const key = `${shape(path)} ${typeof value} ${what}`;
      if (seen.has(key)) continue;
      seen.add(key);
      yield [`${at}: ${what}`, change(parse(text, options), path, how), how?.(structuredClone(value))];
    }
  }
}

const run = promisify(execFile);

// The codes and texts of miso's errors; none when it takes the file. Which
// packages are locked is no part of the language.
async function mistakes(miso, file) {
  try {
    await run(miso, ["validate", "--json", "-f", file], { timeout: 60000, maxBuffer: 1 << 26 });
    return [];
  } catch (e) {
    return JSON.parse(e.stdout).filter((m) => m.severity === "error" && m.code !== "E0209");
  }
}

const isBeyond = (m) => m.code in beyond || beyondText.some(([pattern]) => pattern.test(m.message));

// What they disagree about, or null. What an expression comes to is beyond a
// schema, whatever is said about it.
function judge(bySchema, byMiso, isExpression) {
  if (bySchema && !byMiso.length) return `only the schema refuses it: ${bySchema}`;
  if (!bySchema && !isExpression && byMiso.some((m) => !isBeyond(m)))
    return `only miso refuses it: ${byMiso.map((m) => `${m.code} ${m.message}`).join("; ")}`;
  return null;
}

// Prints nothing but what they disagree about; the number of mutations.
export async function disagreements(miso, validate, file, scratch, options, seen, tell) {
  const todo = [...mutations(readFileSync(file, "utf8"), options, seen)];
  const total = todo.length;
  const work = async (number) => {
    const dir = join(scratch, `${number}`);
    const to = join(dir, "miso.yaml");
    mkdirSync(dir, { recursive: true });
    for (let next; (next = todo.pop()); ) {
      const [what, doc, now] = next;
      // Null is what was left out: "key:" and nothing behind it.
      writeFileSync(to, stringify(doc, { lineWidth: 0, aliasDuplicateObjects: false, nullStr: "" }));
      const ok = validate(parse(readFileSync(to, "utf8"), options));
      const why = ok ? null : validate.errors.map((e) => `${e.instancePath} ${e.message}`).slice(0, 3).join("; ");
      const problem = judge(why, await mistakes(miso, to), typeof now === "string" && now.includes("${"));
      if (problem) tell(`${what}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => work(i)));
  return total;
}
