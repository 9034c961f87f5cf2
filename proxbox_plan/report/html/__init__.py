"""Any document as one self-contained HTML page: search, filters, and every field before and after.

`pages` says what is on a page, `encoding` makes it HTML; `page.html`, `page.css` and the scripts show it.
"""
