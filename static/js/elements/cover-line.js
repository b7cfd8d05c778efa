// Keeps what pages say of who is here true: by a message when somebody comes or leaves, by the clock when a time is over.
import { announce } from "../lib/announce.js"
import { every, whenAwake } from "../lib/awake.js"
import { isOpen, listen } from "../lib/line.js"
import { oneAtATime } from "../lib/one-at-a-time.js"

const LONGEST = 10 * 60 // seconds; the clock of this device may be wrong, so it is not trusted for long

class CoverLine extends HTMLElement {
  #leaving
  #missed = false
  #timer

  connectedCallback() {
    this.#leaving = new AbortController()
    const { signal } = this.#leaving
    if ("listens" in this.dataset) {
      listen("cover.changed", (says) => this.#say(says), signal)
      listen("line.resumed", this.#ask, signal)
      listen("disconnect", () => { this.#missed = true }, signal)
      listen("connect", () => this.#missed && this.#ask(), signal)
    }
    whenAwake(this.#ask, signal)
    every(60_000, () => isOpen() || this.#ask(), signal)
    this.#wait((Date.parse(this.dataset.changesAt) - Date.now()) / 1000)
  }

  disconnectedCallback() {
    this.#leaving.abort()
    clearTimeout(this.#timer)
  }

  #ask = oneAtATime(async () => {
    this.#missed = false
    const response = await fetch("/cover", { cache: "no-store", headers: { Accept: "application/json" } })
    if (response.ok) this.#say(await response.json())
  })

  // All pages that were open would ask at the same moment, so each waits a little longer, by chance.
  #wait(seconds) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#ask, (Math.min(Math.max(seconds, 1), LONGEST) + Math.random() * 2) * 1000)
  }

  #say(says) {
    let changed = false
    for (const one of document.querySelectorAll("[data-cover]")) {
      const words = says[one.dataset.cover]
      if (one.textContent === words) continue
      changed ||= one.dataset.cover === "here"
      one.textContent = words
    }
    for (const one of document.querySelectorAll("[data-cover-nobody]")) one.hidden = says.is_here
    if (changed) announce(says.here)
    this.#wait(says.changes_in)
  }
}

customElements.define("cover-line", CoverLine)
