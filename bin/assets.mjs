// Builds the one script and the one stylesheet of the site, named after their content,
// and last of all the manifest that names them and their hashes: who reads it never sees half a build.
import { build } from "esbuild"
import { createHash } from "node:crypto"
import { mkdir, readFile, readdir, rename, stat, unlink, writeFile } from "node:fs/promises"
import { basename } from "node:path"

const STATIC = "static"
const DIST = `${STATIC}/dist`
const A_DAY = 24 * 60 * 60 * 1000

const result = await build({
  entryPoints: [`${STATIC}/js/app.js`, `${STATIC}/css/app.css`],
  outdir: DIST,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "file", ".woff2": "file" },
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  legalComments: "eof",
  metafile: true,
  logLevel: "warning",
})

const manifest = {}
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  if (!output.entryPoint) continue
  const name = basename(output.entryPoint)
  manifest[name] = path.slice(STATIC.length + 1)
  manifest[`${name} integrity`] = `sha384-${createHash("sha384").update(await readFile(path)).digest("base64")}`
}
await mkdir(DIST, { recursive: true })
await writeFile(`${DIST}/manifest.json.new`, JSON.stringify(manifest, null, 2) + "\n")
await rename(`${DIST}/manifest.json.new`, `${DIST}/manifest.json`)

// A page opened before this build may still ask for its own files.
const current = new Set(Object.keys(result.metafile.outputs).map((path) => basename(path)))
for (const name of await readdir(DIST)) {
  if (current.has(name) || !/-[A-Z0-9]{8}\./.test(name)) continue
  if (Date.now() - (await stat(`${DIST}/${name}`)).mtimeMs > A_DAY) await unlink(`${DIST}/${name}`)
}
