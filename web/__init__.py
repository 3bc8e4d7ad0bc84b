"""The front: pages, JSON edge, live updates and the mapping of Problems to answers.

Owns how a request becomes one unit of work and how a refusal reaches a reader. Promises that a page shows and does
exactly what the API allows. Never decides anything about a complaint.
"""
