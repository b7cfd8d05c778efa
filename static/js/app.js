// Everything here is on top of pages that work without it.
import "./elements/care-line.js"
import "./elements/cover-line.js"
import "./elements/live-composer.js"
import "./elements/live-desk.js"
import "./elements/live-notices.js"
import "./elements/live-thread.js"
import "./elements/notice-line.js"
import "./elements/quick-exit.js"
