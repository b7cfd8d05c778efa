// Leaves at once and puts the other site in the place of this page in the browser's history.

class QuickExit extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      event.preventDefault()
      document.body.hidden = true
      location.replace(this.querySelector("a").href)
    })
  }
}

customElements.define("quick-exit", QuickExit)
