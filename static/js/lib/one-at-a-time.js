// Whoever asks while an answer is on its way gets one more round after it, never two at once.

export function oneAtATime(work) {
  let running = false
  let again = false
  return async function run() {
    again = true
    if (running) return
    running = true
    try {
      while (again) {
        again = false
        await work()
      }
    } catch {
      // The network is away, or the answer was none. The line's next opening and the page's own clock ask again.
    } finally {
      running = false
    }
  }
}
