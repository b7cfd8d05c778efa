// When a page has something to catch up with: it comes back to the front, out of the browser's cache, or back on line.

export function whenAwake(callback, signal) {
  const wake = () => document.visibilityState === "visible" && callback()
  document.addEventListener("visibilitychange", wake, { signal })
  window.addEventListener("pageshow", (event) => event.persisted && wake(), { signal })
  window.addEventListener("online", wake, { signal })
}

/** Call back every so often while somebody can see the page. */
export function every(milliseconds, callback, signal) {
  const timer = setInterval(() => document.visibilityState === "visible" && callback(), milliseconds)
  signal.addEventListener("abort", () => clearInterval(timer))
}
