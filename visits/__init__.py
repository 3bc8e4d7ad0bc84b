"""What happens on the way and on site: travel, arrival, suspension, service report, photos, hand-back.

Owns visits, the phone's commands with their stored answers, suspensions, service reports and photos. Promises that a
command told any number of times has one effect, that what a technician sent without signal is counted at the time it
was done, and that evidence which no longer fits is kept beside the case. Never chooses who goes and never speaks for
the customer.
"""
