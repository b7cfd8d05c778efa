// Sends a reply without leaving the page. What was typed stays until the site has said that it is stored.
import { announce } from "../lib/announce.js"
import { showCare } from "../lib/care-panel.js"
import { ours } from "../lib/html.js"

const UNREACHED = "We could not reach the site. Your words are still here. Please try again."

class LiveComposer extends HTMLElement {
  #sending = false

  connectedCallback() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault()
      if (!this.#sending) this.#send()
    })
  }

  get form() {
    return this.querySelector("form")
  }

  async #send() {
    this.#wait(true)
    try {
      const body = new URLSearchParams(new FormData(this.form))
      const response = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" } })
      // A log-in, a membership or a limit is in the way: the page that says so keeps the words and knows the way on.
      if ([401, 403, 429].includes(response.status)) return this.form.submit()
      const answer = await response.json()
      if (response.ok) this.#posted(answer)
      else this.#refused(answer.error || UNREACHED, answer.fields)
    } catch {
      this.#refused(UNREACHED)
    } finally {
      this.#wait(false)
    }
  }

  #wait(sending) {
    this.#sending = sending
    this.form.elements.body.readOnly = sending
    this.querySelector("button").setAttribute("aria-disabled", sending)
  }

  #posted({ post, care, form_key: key }) {
    this.#clearErrors()
    this.form.elements.body.value = ""
    this.form.elements.note.value = ""
    this.form.elements.form_key.value = key
    announce("Your reply is posted.")
    this.dispatchEvent(new CustomEvent("post-returned", { detail: post, bubbles: true }))
    if (!care) return
    showCare(care)
    const panel = document.querySelector("#care")
    panel.focus({ preventScroll: true })
    panel.scrollIntoView({ block: "start" }) // focus alone may leave the first words above the edge
  }

  #refused(sentence, fields = {}) {
    this.#clearErrors()
    const body = this.form.elements.body
    const said = fields.body || sentence
    body.insertAdjacentHTML("beforebegin", ours('<p class="field-error" id="field-body-error" role="alert"></p>'))
    body.previousElementSibling.textContent = said
    body.setAttribute("aria-describedby", "field-body-error")
    body.setAttribute("aria-invalid", "true")
  }

  #clearErrors() {
    this.querySelectorAll(".error-summary, .field-error").forEach((error) => error.remove())
    this.form.elements.body.removeAttribute("aria-describedby")
    this.form.elements.body.removeAttribute("aria-invalid")
  }
}

customElements.define("live-composer", LiveComposer)
