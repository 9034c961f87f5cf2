"""Any document as text or Markdown. Pure: a document goes in, a string comes out.

`text.render` and `markdown.render` take any document; `drift` reads a plan as drift; `diff` compares two states.
As JSON a document is itself: `document.to_json()`.
"""
