"""A small folder such as a family has, for trying emo out: python -m scripts.family_folder FOLDER."""
