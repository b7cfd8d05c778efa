// The posts on a thread's page. Whatever happens here, the result is what a fresh load of the page's address shows.
import { Idiomorph } from "idiomorph"
import { ours } from "./html.js"
import { element, freshPage } from "./pages.js"

const PAGE = 20
const LONGEST_PAGE = 100

export class PostList {
  constructor(thread) {
    this.thread = thread
    this.list = thread.querySelector("#posts")
  }

  /** Show a post as it is now; answers the author's name when it is a new post of somebody else. */
  show(post) {
    const item = this.list.querySelector(`#item-${post.id}`)
    if (item) return void this.#renew(item.querySelector("article"), post)
    const { last, through } = this.thread.dataset
    if (last !== "true" || post.position !== Number(through) + 1) return
    if (this.#isFull) return void this.#end()
    return this.#append(post)
  }

  /** Take the whole list and the title from a fresh load, when what happened cannot be told post by post. */
  async reload() {
    const address = location.href
    const page = await freshPage(address)
    const fresh = page.querySelector("live-thread")
    if (!fresh || address !== location.href || Number(fresh.dataset.revision) < Number(this.thread.dataset.revision)) return
    for (const part of ["#older", "#posts", "#newer", "#thread-notes"]) {
      morph(this.thread.querySelector(part), fresh.querySelector(part))
    }
    this.#renewComposer(fresh.querySelector("#composer-place"))
    Idiomorph.morph(document.querySelector("h1"), page.querySelector("h1"))
    document.title = page.title
    Object.assign(this.thread.dataset, fresh.dataset)
  }

  // The composer comes and goes with the lock, but never with words in it: sent, they are kept by the page that
  // says why they could not be posted, and that knows who to reach.
  #renewComposer(fresh) {
    const place = this.thread.querySelector("#composer-place")
    const field = place.querySelector("textarea")
    const isThere = (one) => Boolean(one.querySelector("live-composer"))
    if (isThere(place) === isThere(fresh) || field?.value.trim() || field === document.activeElement) return
    place.replaceWith(document.importNode(fresh, true))
  }

  #renew(article, post) {
    if (Number(article.dataset.revision) < post.revision) keepStill(() => morph(article, element(post.html)))
  }

  #append(post) {
    const article = element(post.html)
    const item = document.createElement("li")
    item.className = "post-item"
    item.id = `item-${post.id}`
    item.dataset.position = post.position
    item.append(article)
    const own = article.dataset.author !== "" && article.dataset.author === this.thread.dataset.viewer
    item.insertAdjacentHTML("beforeend", ours(this.#links(own ? "#own-post" : "#tend-post", post.id)))
    keepStill(() => this.list.append(item))
    this.thread.dataset.through = post.position
    this.#keepAddress()
    return own ? undefined : article.querySelector(".post-author").textContent
  }

  #links(kind, id) {
    return (this.thread.querySelector(kind)?.innerHTML ?? "").trim().replaceAll("/posts/ID", `/posts/${id}`)
  }

  get #isFull() {
    return Number(this.thread.dataset.through) - Number(this.thread.dataset.after) >= LONGEST_PAGE
  }

  #end() {
    const { thread, through } = this.thread.dataset
    this.thread.dataset.last = "false"
    this.thread.querySelector("#newer").innerHTML =
      ours(`<a class="button button-quiet" href="/threads/${thread}?after=${through}">Newer posts</a>`)
  }

  #keepAddress() {
    const { after, through } = this.thread.dataset
    const address = new URL(location)
    if (through - after <= PAGE && !address.searchParams.has("through")) return
    address.searchParams.set("after", after)
    address.searchParams.set("through", through)
    history.replaceState(history.state, "", address)
  }
}

// What a reader opened stays open, and what they did not stays closed.
function morph(old, fresh) {
  const beforeAttributeUpdated = (name, node) => !(name === "open" && node.localName === "details")
  Idiomorph.morph(old, fresh, { callbacks: { beforeAttributeUpdated } })
}

/** The title is hidden, or taken back, together with the opening post. */
export function takesTheTitle(post) {
  return post.position === 1 && element(post.html).classList.contains("post-gone")
}

// Whoever writes keeps their field where it is while the page grows or shrinks above it.
function keepStill(change) {
  const field = document.activeElement?.closest("live-composer")
  if (!field) return change()
  const page = document.documentElement.style
  const before = field.getBoundingClientRect().top
  page.overflowAnchor = "none" // or some browsers would hold it a second time
  change()
  window.scrollBy({ top: field.getBoundingClientRect().top - before, behavior: "instant" })
  requestAnimationFrame(() => { page.overflowAnchor = "" })
}
