"""Pages for people: server-rendered, one file per page, on the same queries and actions as the API."""
