"""`python -m scripts.api_page`: writes docs/api.md."""

import tempfile
from pathlib import Path

from scripts.api_page.contract import Contract
from scripts.api_page.page import page_of
from scripts.compiler import PROTOS, ROOT, descriptor_set

PAGE = ROOT / "docs" / "api.md"

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        image = descriptor_set(PROTOS, Path(folder) / "set.binpb")
        PAGE.write_text(page_of(Contract.read(image)), encoding="utf-8")
