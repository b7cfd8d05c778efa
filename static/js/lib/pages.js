// Pages and fragments of this site, fetched as they are now.

export async function freshPage(address) {
  const response = await fetch(address, { cache: "no-store", headers: { Accept: "text/html" } })
  if (!response.ok) throw new Error(`${response.status} from ${address}`)
  return new DOMParser().parseFromString(await response.text(), "text/html")
}

export function element(html) {
  const template = document.createElement("template")
  template.innerHTML = html.trim()
  return template.content.firstElementChild
}
