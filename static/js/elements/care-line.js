// Brings the care panel to a page that is open already, softly: focus and scroll stay where they are.
import { announce } from "../lib/announce.js"
import { every } from "../lib/awake.js"
import { showCare } from "../lib/care-panel.js"
import { ours } from "../lib/html.js"
import { isOpen, listen } from "../lib/line.js"
import { oneAtATime } from "../lib/one-at-a-time.js"

const WORDS = "There is something for you at the top of this page"

class CareLine extends HTMLElement {
  #leaving
  #missed = false

  connectedCallback() {
    this.#leaving = new AbortController()
    const { signal } = this.#leaving
    listen("care.offered", this.#fetch, signal)
    listen("line.resumed", this.#fetch, signal)
    listen("disconnect", () => { this.#missed = true }, signal)
    listen("connect", () => this.#missed && this.#fetch(), signal)
    listen("team.wrote", () => this.#tellOfTeam(), signal)
    every(30_000, () => isOpen() || this.#fetch(), signal)
    document.addEventListener("submit", (event) => {
      if (!event.target.matches("[data-put-away]")) return
      event.preventDefault()
      this.#putAway(event.target)
    }, { signal })
  }

  disconnectedCallback() {
    this.#leaving.abort()
  }

  #fetch = oneAtATime(async () => {
    this.#missed = false
    const response = await fetch("/care/panel", { cache: "no-store" })
    if (response.status !== 200 || !showCare(await response.text())) return
    announce(WORDS)
    this.#pointUp()
  })

  #tellOfTeam() {
    const link = document.querySelector("[data-from-the-team]")
    link.textContent = "The team wrote to you"
    link.closest("li").hidden = false
    announce(link.textContent)
  }

  // Somebody far down the page would not see it arrive, so a quiet link says so until it was seen.
  #pointUp() {
    this.innerHTML = ours(`<aside aria-label="New here"><a class="care-note" href="#care">${WORDS}</a></aside>`)
    const seen = new IntersectionObserver(([panel]) => {
      if (!panel.isIntersecting && panel.target.isConnected) return
      this.replaceChildren()
      seen.disconnect()
    })
    seen.observe(document.querySelector("#care"))
  }

  // By itself the form loads a page, which would lose what is being written on this one.
  async #putAway(form) {
    try {
      const body = new URLSearchParams(new FormData(form))
      const response = await fetch(form.action, { method: "POST", body, redirect: "manual" })
      if (!response.ok && response.type !== "opaqueredirect") return form.submit()
    } catch {
      return form.submit()
    }
    form.closest("#care").remove()
    document.querySelector("main").focus({ preventScroll: true })
    announce("Put away. Help now stays at the top of every page.")
  }
}

customElements.define("care-line", CareLine)
