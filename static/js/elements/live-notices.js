// Keeps the page of one's notices as it is now. Nothing focused is touched.
import { Idiomorph } from "idiomorph"
import { every, whenAwake } from "../lib/awake.js"
import { isOpen, listen } from "../lib/line.js"
import { oneAtATime } from "../lib/one-at-a-time.js"
import { freshPage } from "../lib/pages.js"

class LiveNotices extends HTMLElement {
  #leaving

  connectedCallback() {
    this.#leaving = new AbortController()
    const { signal } = this.#leaving
    for (const topic of ["notices.changed", "team.wrote", "line.resumed", "connect"]) listen(topic, this.#refresh, signal)
    whenAwake(this.#refresh, signal)
    // A conversation with something new is announced once; how many posts there are now is asked for.
    every(30_000, this.#refresh, signal)
    every(5_000, () => isOpen() || this.#refresh(), signal)
  }

  disconnectedCallback() {
    this.#leaving.abort()
  }

  #refresh = oneAtATime(async () => {
    const fresh = (await freshPage("/notices")).querySelector("#notices")
    if (fresh) Idiomorph.morph(this, fresh, { ignoreActiveValue: true })
  })
}

customElements.define("live-notices", LiveNotices)
