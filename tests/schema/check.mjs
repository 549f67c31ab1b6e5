// check.mjs MISO SCRATCH - the schemas compile under ajv's strict mode; they
// take every valid stack we have; and what is broken on purpose is refused by
// them and by miso alike. Prints "ok NAME" or "FAIL NAME".
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse, stringify } from "yaml";

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

const sections = { images: "image", volumes: "volume", instances: "instance", firewalls: "firewall" };

// Every way to break one place of a stack: [name, function of a copy].
function* mutations(doc) {
  yield ["unknown section", (d) => (d.instanses = {})];
  yield ["no name", (d) => delete d.name];
  yield ["bad name", (d) => (d.name = "Not A Name")];
  yield ["bad version", (d) => (d.version = 2)];
  yield ["sections are maps", (d) => (d.instances = ["a"])];
  yield ["keep is a number", (d) => (d.keep = "many")];
  yield ["a variable's attribute", (d) => (d.vars = { v: { tipe: "int" } })];
  yield ["a provider has a type", (d) => (d.providers = { p: {} })];
  for (const [section] of Object.entries(sections)) {
    for (const name of Object.keys(doc[section] ?? {})) {
      const path = `${section}.${name}`;
      yield [`unknown key in ${path}`, (d) => (d[section][name].nonsense = 1)];
      yield [`a block is a map: ${path}`, (d) => (d[section][name] = "text")];
      yield [`bad name beside ${path}`, (d) => (d[section].Bad_Name = d[section][name])];
      // A for_each may be any map.
      for (const key of Object.keys(doc[section][name]).filter((k) => k !== "for_each"))
        yield [`wrong type of ${path}.${key}`, (d) => (d[section][name][key] = { nope: [[]] })];
    }
  }
  for (const name of Object.keys(doc.instances ?? {})) {
    const set = (key, value) => [`instances.${name}.${key} = ${JSON.stringify(value)}`, (d) => (d.instances[name][key] = value)];
    yield [`no image in ${name}`, (d) => delete d.instances[name].image];
    yield set("memory", "lots");
    yield set("memory", 12);
    yield set("cpus", 0);
    yield set("cpus", 1.5);
    yield set("restart", "sometimes");
    yield set("ports", ["http"]);
    yield set("ports", [70000]);
    yield set("wait_for", { log: "x", timeout: "soon" });
    yield set("wait_for", { http: "/health" });
    yield set("protect", "yes");
    yield set("for_eahc", 3);
    yield set("env", ["A=1"]);
    yield set("env", { A: { from_nowhere: "x" } });
  }
}

function refuseAll(stack) {
  for (const dir of folders("examples")) {
    const text = readFileSync(join(dir, "miso.yaml"), "utf8");
    for (const [name, mutate] of mutations(parse(text, options))) {
      const doc = parse(text, options);
      const file = join(scratch, "miso.yaml");
      mutate(doc);
      writeFileSync(file, stringify(doc, { lineWidth: 0 }));
      const bySchema = !stack(parse(readFileSync(file, "utf8"), options));
      const byMiso = !isValid(file);
      const missing = [bySchema ? "" : "the schema", byMiso ? "" : "miso"].filter(Boolean);
      report(`refuses ${dir}: ${name}`, missing.length ? `taken by ${missing.join(" and ")}` : null);
    }
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
refuseAll(stack);
