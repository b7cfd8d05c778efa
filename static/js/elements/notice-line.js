// The link to one's notices: it says how many are new. What is read on this very page is seen, and not announced.
import { announce } from "../lib/announce.js"
import { every } from "../lib/awake.js"
import { isOpen, listen } from "../lib/line.js"
import { oneAtATime } from "../lib/one-at-a-time.js"

class NoticeLine extends HTMLElement {
  #leaving

  connectedCallback() {
    this.#leaving = new AbortController()
    const { signal } = this.#leaving
    listen("notices.changed", this.#ask, signal)
    listen("line.resumed", this.#ask, signal)
    every(60_000, () => isOpen() || this.#ask(), signal)
    if (document.querySelector("[data-seen-here][data-new]")) this.#ask()
  }

  disconnectedCallback() {
    this.#leaving.abort()
  }

  #ask = oneAtATime(async () => {
    const here = isReadHere()
    const options = { method: here ? "POST" : "GET", cache: "no-store", headers: { Accept: "application/json" } }
    const response = await fetch(here ?? "/notices/words", options)
    if (response.ok) this.#say((await response.json()).words)
  })

  #say(words) {
    const link = this.querySelector("a")
    if (link.textContent.trim() === words) return
    link.textContent = words
    if (words.includes("new")) announce(words)
  }
}

// Where it is said that this page's conversation is seen: only while its end is in front of somebody.
function isReadHere() {
  const atItsEnd = document.querySelector("live-thread")?.dataset.last === "true"
  if (!atItsEnd || document.visibilityState !== "visible") return undefined
  return document.querySelector("[data-seen-here]")?.dataset.seenHere
}

customElements.define("notice-line", NoticeLine)
