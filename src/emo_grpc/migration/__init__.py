"""Moves all that a server has from the embedded engines to shared ones.

First everything is looked at, and nothing changed (`survey`): the target may hold what an earlier move from the same
folder brought there (`journal`), and nothing else. Then what is there and not here any more, or no longer as it is
here, is removed, and what is not there is brought (`passes`), one kind of thing after the other. So whatever is there
is there as a whole, and the same move goes on wherever it broke off.
"""
