"""Live pages. The push is a courtesy: it carries what a plain reader sees, with its revision, or only ids.

First load, push and catch-up end in the same state, so a lost message costs a moment and never a word.
Loss of rights needs no kick: listeners sit in rooms named after the audience's epoch, and nobody speaks
to the rooms of an older one.

`rooms` names them; `audience` says which event is told to which of them, and how; `line` carries it from process to
process; `sockets` is what an open page may ask; `crowd` how many pages there may be, and how much they may ask.
"""
