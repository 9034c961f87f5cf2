"""Any document in any format. Pure: a document goes in, a string comes out.

`rendering.render` is the way in. Text and Markdown are written from the documents themselves, HTML from `html.pages`,
what programs read (JUnit, SARIF, annotations) from `findings`, metrics from counts. `drift` reads a plan as drift;
`diff` compares two states. As JSON a document is itself.
"""
