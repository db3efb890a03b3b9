"""Makes the folder."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from scripts.family_folder.pictures import photo
from scripts.family_folder.recordings import video, voice_note

LETTERS = {
    "Letters/1994-08-01 Grandma.txt": "Dear Ann,\n\nthe cake was bigger than the table. Come again soon!\n\nGrandma\n",
    "Letters/Carta de l'avi.txt": "Estimada Anna,\n\navui he plantat la figuera que volies.\n\nL'avi\n",
    "Letters/京都から.txt": "アンへ\n\n誕生日おめでとう。\n",
}


def family_files() -> Iterator[tuple[str, bytes]]:
    """Their paths, with / between the names, and what is in them. Some photos have the same name, as cameras do it."""
    for number in range(1, 5):
        yield f"1994/Grandma's birthday/IMG_{number:04}.png", photo(number)
    for number in range(3, 6):
        yield f"1995/Sea/IMG_{number:04}.png", photo(100 + number)
    yield "1995/Sea/sunrise.avi", video(107)
    yield "Voice notes/Grandpa sings.wav", voice_note(3)
    for path, text in LETTERS.items():
        yield path, text.encode()


def main() -> None:
    """Make it where the command line says."""
    parser = argparse.ArgumentParser(prog="python -m scripts.family_folder", description="Make a small family folder.")
    parser.add_argument("folder", type=Path, help="where; made if it is not there")
    folder: Path = parser.parse_args().folder
    for name, content in family_files():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
