// Builds everything the pages load into src/shiming/web/static/dist: hashed names, manifest.json, THIRD_PARTY.txt.
// Each file in src/entries and src/islands is an entry; a page asks for it by its path under src (manifest.json).
import { build, context } from "esbuild";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(here, "../src/shiming/web/static/dist");

function entries() {
  return ["src/entries", "src/islands"]
    .flatMap((folder) => fs.readdirSync(path.join(here, folder)).sort().map((name) => `${folder}/${name}`))
    .filter((name) => /\.(ts|tsx|css)$/.test(name) && !name.endsWith(".d.ts"));
}

function write(name, text) {
  // Beside and renamed, so that a server that is reading never sees half a file.
  const part = path.join(out, `.${name}.part`);
  fs.writeFileSync(part, text);
  fs.renameSync(part, path.join(out, name));
}

function packageOf(input) {
  const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
  return match ? match[1] : null;
}

function thirdParty(inputs) {
  const names = [...new Set(Object.keys(inputs).map(packageOf).filter(Boolean))].sort();
  const parts = names.map((name) => {
    const folder = path.join(here, "node_modules", name);
    const about = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    const file = fs.readdirSync(folder).find((n) => /^licen[cs]e/i.test(n));
    if (!file) throw new Error(`expected a licence file in the npm package ${name}, found none; do not ship it`);
    return `${name} ${about.version} (${about.license})\n\n${fs.readFileSync(path.join(folder, file), "utf8").trim()}\n`;
  });
  if (names.includes("zxing-wasm")) {
    const licence = fs.readFileSync(path.resolve(here, "../LICENSE"), "utf8").trim();
    parts.push(`ZXing-C++, compiled into zxing_reader-*.wasm (Apache-2.0, github.com/zxing-cpp/zxing-cpp)\n\n${licence}\n`);
  }
  return `Packages whose code is in these files.\n\n${parts.join("\n----\n\n")}`;
}

const finish = {
  name: "finish",
  setup(builder) {
    builder.onEnd((result) => {
      if (result.errors.length) return;
      const { outputs, inputs } = result.metafile;
      const manifest = {};
      const kept = new Set();
      for (const [file, info] of Object.entries(outputs)) {
        const name = path.relative(out, path.resolve(here, file));
        kept.add(name);
        if (info.entryPoint) manifest[info.entryPoint.replace(/^src\//, "")] = name;
      }
      for (const name of fs.readdirSync(out)) {
        if (/-[A-Z0-9]{8}\.(js|css|wasm)$/.test(name) && !kept.has(name)) fs.rmSync(path.join(out, name));
      }
      write("THIRD_PARTY.txt", thirdParty(inputs));
      write("manifest.json", `${JSON.stringify(manifest, null, 1)}\n`);
    });
  },
};

const options = {
  absWorkingDir: here,
  entryPoints: entries(),
  bundle: true,
  minify: true,
  splitting: true,
  format: "esm",
  target: ["es2019", "chrome80", "safari14.1"],
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".wasm": "file" },
  publicPath: "/static/",
  outdir: out,
  metafile: true,
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [finish],
};

fs.mkdirSync(out, { recursive: true });
if (process.argv.includes("--watch")) await (await context(options)).watch();
else await build(options);
