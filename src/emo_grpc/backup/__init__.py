"""Copies of all that a server has, taken while it runs: `emo admin backup` and `restore`.

1. `database_copy` makes one SQLite file of what the database says at one moment, whichever database that is.
2. `file_transfer` copies the stored files that it refers to, unless they are in the place already. They stay sealed,
   and all backups of a place share them.
3. The place (`folder_place`, `s3_place`) shows the backup only when it is whole, with its `manifest` last.

A run that was interrupted has left files in the place, which the next one does not copy again.
"""
