"""Moves all that a server has from the embedded engines to shared ones: `emo admin move`.

1. `preflight` compares both sides and changes nothing. The target may hold what an earlier run from the same folder
   copied there (`journal` has the list), and nothing else.
2. `reconciliation` removes from the target what the source does not have any more, or has in another state.
3. It copies what the target does not have, one kind of resource after the other.

Each resource is stored in the target only when it is whole, so a run that was interrupted is simply run again.
"""
