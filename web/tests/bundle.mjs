// Loads a TypeScript module of src/ as the pages would, bundled, with nothing written.
import { build } from "esbuild";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));

export async function load(source) {
  const made = await build({ entryPoints: [path.join(here, "../src", source)], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].text).toString("base64")}`);
}
