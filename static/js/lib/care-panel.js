// The care panel on an open page. It stands first in main, once, however often it is offered.
import { Idiomorph } from "idiomorph"
import { element } from "./pages.js"

/** Show the panel; answers whether it was not there before. */
export function showCare(html) {
  const standing = document.querySelector("#care")
  if (standing) Idiomorph.morph(standing, element(html))
  else document.querySelector("main").prepend(element(html))
  document.querySelector("#care [name=next]").value = location.pathname + location.search
  return !standing
}
