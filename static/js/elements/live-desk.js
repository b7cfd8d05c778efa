// Keeps one part of a desk page as it is now: the queue, or who holds the case. Nothing typed or focused is touched.
import { Idiomorph } from "idiomorph"
import { announce } from "../lib/announce.js"
import { every, whenAwake } from "../lib/awake.js"
import { ask, isOpen, listen } from "../lib/line.js"
import { oneAtATime } from "../lib/one-at-a-time.js"
import { freshPage } from "../lib/pages.js"

class LiveDesk extends HTMLElement {
  #leaving

  connectedCallback() {
    this.#leaving = new AbortController()
    const { signal } = this.#leaving
    listen("connect", () => this.#join(), signal)
    listen("line.resumed", () => this.#join(), signal)
    listen("desk.changed", (change) => this.#concerns(change) && this.#refresh(), signal)
    listen("cover.changed", () => this.#refresh(), signal)
    whenAwake(() => this.#refresh(), signal)
    // Due times are words ('in 11 min'), so they are asked for again even when nothing happens.
    every(30_000, () => this.#refresh(), signal)
    // A claim lapses without a sign of life; an open page in front of somebody is one.
    every(60_000, () => this.#keep(), signal)
    every(5_000, () => isOpen() || this.#refresh(), signal)
  }

  disconnectedCallback() {
    this.#leaving.abort()
  }

  #keep() {
    const held = this.querySelector("[data-keep]")
    if (held) fetch(held.dataset.keep, { method: "POST", redirect: "manual" }).catch(() => {})
  }

  #concerns(change) {
    return !this.dataset.case || this.dataset.case === String(change.case_id)
  }

  async #join() {
    await ask("desk.join", {}).catch(() => {})
    this.#refresh()
  }

  #refresh = oneAtATime(async () => {
    const part = this.querySelector(`#${this.dataset.part}`)
    const fresh = (await freshPage(this.dataset.source)).querySelector(`#${this.dataset.part}`)
    if (!fresh) return
    const known = said(part)
    Idiomorph.morph(part, fresh, { ignoreActiveValue: true })
    for (const [key, words] of said(fresh)) if (!known.has(key)) announce(words)
  })
}

// What a part has to say for itself, each thing once.
function said(part) {
  return new Map([...part.querySelectorAll("[data-say]")].map((one) => [one.id, one.dataset.say]))
}

customElements.define("live-desk", LiveDesk)
