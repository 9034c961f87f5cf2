"""Any document as one HTML page that asks nobody for anything: search, filters, and every field before and after.

`pages` says what is on a page, `encoding` makes it HTML; `page.html`, `page.css` and the scripts show it.
"""
