// The page's one line to the server, opened by the first element that listens and shared by all.
import { io } from "socket.io-client"

let socket

function line() {
  return socket ??= opened()
}

function opened() {
  const socket = io({ transports: ["websocket"], reconnectionDelayMax: 5000, randomizationFactor: 0.5 })
  // A full house turns the line away; the library would not try again by itself.
  const later = () => socket.active || setTimeout(() => socket.connect(), 20_000 + Math.random() * 20_000)
  return socket.on("connect_error", later).on("disconnect", later)
}

/** Hear a topic until the signal ends it; `connect` is heard at each opening, also when the line is open already. */
export function listen(topic, heard, signal) {
  line().on(topic, heard)
  signal.addEventListener("abort", () => line().off(topic, heard))
  if (topic === "connect" && line().connected) heard()
}

/** Send a message and wait for its answer; throws when there is none within five seconds. */
export function ask(topic, message) {
  return line().timeout(5000).emitWithAck(topic, message)
}

export function isOpen() {
  return Boolean(socket?.connected)
}
