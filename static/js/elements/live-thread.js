// A thread that grows and changes while it is read. It never moves focus or scroll, and a gap is asked for, not guessed.
import { announce } from "../lib/announce.js"
import { every, whenAwake } from "../lib/awake.js"
import { ask, isOpen, listen } from "../lib/line.js"
import { oneAtATime } from "../lib/one-at-a-time.js"
import { PostList, takesTheTitle } from "../lib/post-list.js"

class LiveThread extends HTMLElement {
  #gone = false
  #joined = false
  #leaving
  #posts

  connectedCallback() {
    this.#leaving = new AbortController()
    this.#posts = new PostList(this)
    const { signal } = this.#leaving
    const mine = (message) => String(message.thread_id) === this.dataset.thread
    listen("connect", () => this.#join(), signal)
    listen("disconnect", () => { this.#joined = false }, signal)
    listen("thread.moved", (message) => mine(message) && this.#join(), signal)
    listen("thread.changed", (message) => mine(message) && this.catchUp(), signal)
    listen("line.resumed", () => this.#join(), signal)
    listen("post.changed", (change) => mine(change) && this.#hear(change), signal)
    whenAwake(() => this.catchUp(), signal)
    every(25_000, () => this.#check(), signal)
    every(5_000, () => this.#gone || (isOpen() && this.#joined) || this.catchUp(), signal)
    this.addEventListener("post-returned", ({ detail }) => this.#takeOwn(detail), { signal })
  }

  disconnectedCallback() {
    if (isOpen()) ask("thread.leave", { thread_id: Number(this.dataset.thread) }).catch(() => {})
    this.#leaving.abort()
  }

  get revision() {
    return Number(this.dataset.revision)
  }

  catchUp = oneAtATime(async () => {
    const response = await fetch(`/threads/${this.dataset.thread}/changes?since=${this.revision}`, { cache: "no-store" })
    // Not open to this person any more: what was read stays, nothing new is asked for until they come back.
    this.#gone = response.status === 404
    if (!response.ok) return
    const changes = await response.json()
    if (changes.reload) return this.#reload()
    if (changes.posts.some(takesTheTitle)) return this.#posts.reload()
    // By position, since a new post that was edited has a later revision than the posts after it.
    this.#show(changes.posts.sort((one, other) => one.position - other.position))
    this.dataset.revision = Math.max(this.revision, changes.revision)
  })

  async #reload() {
    const { closed } = this.dataset
    await this.#posts.reload()
    if (closed === this.dataset.closed) announce("There are new replies")
    else announce(this.dataset.closed === "true" ? "Nobody can reply here for now" : "You can reply here again")
  }

  #hear(change) {
    if (change.revision <= this.revision) return
    if (change.revision > this.revision + 1 || takesTheTitle(change)) return this.catchUp()
    this.#show([change])
    this.dataset.revision = change.revision
  }

  #takeOwn(post) {
    if (this.dataset.last === "true") this.#hear(post)
    else location.assign(`/threads/${this.dataset.thread}?after=${post.position - 1}`)
  }

  #show(posts) {
    const authors = posts.map((post) => this.#posts.show(post)).filter(Boolean)
    if (authors.length === 1) announce(`New reply from ${authors[0]}`)
    if (authors.length > 1) announce(`${authors.length} new replies`)
  }

  #join = oneAtATime(async () => this.#compare(await ask("thread.join", { thread_id: Number(this.dataset.thread) })))
  #check = oneAtATime(async () => isOpen() && this.#compare(await ask("thread.ask", { thread_id: Number(this.dataset.thread) })))

  #compare(answer) {
    this.#joined = !answer.error
    if (answer.error || answer.revision > this.revision) this.catchUp()
  }
}

customElements.define("live-thread", LiveThread)
