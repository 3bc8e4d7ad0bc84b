"""The database: base and column types, unit of work, lock order, migrations and the embedded PostgreSQL server.

It promises that what was acknowledged was committed, and that committing survives a crash: settings that would trade
durability for speed are refused at start (`server.assert_durable`). It owns no table.
"""
