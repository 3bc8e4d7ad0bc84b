"""The ground storey: what every other package stands on.

It knows no complaint. It owns typed refusals (`problems`), the only reader of time (`clock`), catalogues and formats
(`language`), the database and its embedded server (`database`), the append-only ledger with announcements (`ledger`),
job descriptions (`jobs`), documents and the file store (`documents`), people and their permissions (`accounts`) and
messages to people (`notifications`). It imports nothing of the storeys above.
"""
