// Pages and fragments of this site, fetched as they are now.
import { ours } from "./html.js"

export async function freshPage(address) {
  const response = await fetch(address, { cache: "no-store", headers: { Accept: "text/html" } })
  if (!response.ok) throw new Error(`${response.status} from ${address}`)
  return new DOMParser().parseFromString(ours(await response.text()), "text/html")
}

export function element(html) {
  const template = document.createElement("template")
  template.innerHTML = ours(html.trim())
  return template.content.firstElementChild
}
