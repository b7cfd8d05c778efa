// Says to screen readers, politely, what the eye can see by itself.
const STAYS = 10_000

export function announce(words) {
  const said = document.createElement("span")
  said.textContent = `${words} `
  document.querySelector("[data-announcements]")?.append(said)
  setTimeout(() => said.remove(), STAYS)
}
