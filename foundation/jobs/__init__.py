"""Jobs: descriptions, the broker they travel by, and the wrapper that runs each exactly once.

Rows are the truth, the queue is a doorbell: a message says only which errand to look at.
"""
