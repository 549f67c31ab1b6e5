// check.mjs MISO SCRATCH - the schemas compile under ajv's strict mode; they
// take every valid stack we have; and of what is broken on purpose they think
// as miso does. Prints "ok NAME" or "FAIL NAME".
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { disagreements } from "./mutate.mjs";

const [miso, scratch] = process.argv.slice(2);
const run = (...args) => execFileSync(miso, args, { encoding: "utf8", stdio: "pipe", timeout: 20000 });

function report(name, problem) {
  if (problem) console.log(`-- ${problem}`);
  console.log(`${problem ? "FAIL" : "ok"} schema/${name}`);
}

function compile(kind) {
  const ajv = new Ajv({ strict: true, strictTypes: true, strictTuples: true, strictRequired: true, allErrors: true });
  return ajv.compile(JSON.parse(run("schema", kind)));
}

const options = { version: "1.2", merge: false, logLevel: "error", customTags: tags() };

// The tags of a site's override mean nothing to a schema.
function tags() {
  const names = ["append", "prepend", "delete", "replace", "new"];
  return names.flatMap((name) => [
    { tag: `!${name}`, collection: "seq", resolve: (x) => x },
    { tag: `!${name}`, collection: "map", resolve: (x) => x },
    { tag: `!${name}`, resolve: (x) => x },
  ]);
}

function problems(validate, file) {
  const doc = parse(readFileSync(file, "utf8"), options);
  return validate(doc) ? null : validate.errors.map((e) => `${file}${e.instancePath} ${e.message}`).join("\n-- ");
}

function folders(dir) {
  return readdirSync(dir).map((name) => join(dir, name)).filter((d) => existsSync(join(d, "miso.yaml")));
}

function isValid(file) {
  try {
    run("validate", "-f", file);
    return true;
  } catch {
    return false;
  }
}

function acceptAll(stack, site) {
  for (const dir of [...folders("examples"), ...folders("tests/golden")]) {
    const file = join(dir, "miso.yaml");
    if (dir.startsWith("examples") || isValid(file)) report(`accepts ${file}`, problems(stack, file));
    const sites = join(dir, "sites");
    for (const s of existsSync(sites) ? readdirSync(sites) : []) report(`accepts ${sites}/${s}`, problems(site, join(sites, s)));
  }
}

// Every key of the schema is somewhere in everything.yaml, so that none is
// forgotten when mutating.
function unused(schema, doc) {
  const used = new Set();
  const walk = (v) => {
    if (!v || typeof v !== "object") return;
    if (!Array.isArray(v)) Object.keys(v).forEach((key) => used.add(key));
    Object.values(v).forEach(walk);
  };
  walk(doc);
  const keys = [...Object.keys(schema.properties), ...Object.values(schema.definitions).flatMap((d) => Object.keys(d.properties ?? {}))];
  const rest = keys.filter((key) => !used.has(key));
  return rest.length ? `not in everything.yaml: ${rest}` : null;
}

async function agree(stack) {
  const everything = "tests/schema/everything.yaml";
  const seen = new Set();
  const schema = JSON.parse(run("schema", "stack"));
  report("everything is in everything.yaml", unused(schema, parse(readFileSync(everything, "utf8"), options)));
  for (const file of [everything, ...folders("examples").map((dir) => join(dir, "miso.yaml"))]) {
    const found = [];
    const total = await disagreements(miso, stack, file, scratch, options, seen, (text) => found.push(text));
    report(`agrees with miso about ${total} mutations of ${file}`, found.join("\n-- ") || null);
  }
}

mkdirSync(scratch, { recursive: true });
let stack, site;
try {
  stack = compile("stack");
  site = compile("site");
  report("compiles in strict mode", null);
} catch (e) {
  report("compiles in strict mode", e.message);
  process.exit(0);
}
acceptAll(stack, site);
await agree(stack);
