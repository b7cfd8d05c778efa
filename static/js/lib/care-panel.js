// The care panel on an open page. It stands first in main, once, however often it is offered.
import { Idiomorph } from "idiomorph"

/** Show the panel; answers whether it was not there before. */
export function showCare(html) {
  const standing = document.querySelector("#care")
  if (standing) Idiomorph.morph(standing, html)
  else document.querySelector("main").insertAdjacentHTML("afterbegin", html)
  document.querySelector("#care [name=next]").value = location.pathname + location.search
  return !standing
}
