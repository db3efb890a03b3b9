"""Where in a file the rules apply."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from mutants.mutant import Mutant
from mutants.rules import faults, is_log, is_protocol, is_type, swaps

LEFT_ALONE = ("annotation", "returns", "decorator_list", "type_params")
"""Fields of a node that say nothing of what happens."""


def mutants_of(path: str, src: Path) -> list[Mutant]:
    """All of a file, in their order."""
    source = (src / path).read_bytes()
    often: Counter[str] = Counter()
    found = []
    for mutant in _Walk(path, source).below(ast.parse(source), (), 1):
        found.append(replace(mutant, often=often[mutant.key]))
        often[mutant.key] += 1
    return found


@dataclass(frozen=True)
class _Walk:
    path: str
    source: bytes
    starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        place = 0
        for line in self.source.splitlines(keepends=True):
            self.starts.append(place)
            place += len(line)

    def below(self, node: ast.AST, within: tuple[str, ...], line: int) -> Iterator[Mutant]:
        """Those of a node and of all that it contains; its statement begins at `line`."""
        # Python 3.11 does not know where in a text an expression stands.
        if isinstance(node, ast.JoinedStr) or is_log(node) or is_protocol(node) or is_type(node):
            return
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            within = (*within, node.name)
        line = node.lineno if isinstance(node, ast.stmt) else line
        for rule, old, new in faults(node):
            yield self._mutant(rule, (old, old), new, within, line)
        for one, other in swaps(getattr(node, "body", []) if isinstance(node, ast.stmt) else []):
            new = f"{self._text(other)}\n{' ' * other.col_offset}{self._text(one)}"
            yield self._mutant("order", (one, other), new, within, one.lineno)
        for name, value in ast.iter_fields(node):
            if name not in LEFT_ALONE:
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        yield from self.below(child, self._named(node, within), line)

    def _named(self, node: ast.AST, within: tuple[str, ...]) -> tuple[str, ...]:
        """A constant is known by its name, as a function is."""
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return (*within, *(target.id for target in targets if isinstance(target, ast.Name) and not within))
        return within

    def _mutant(self, rule: str, span: tuple[ast.AST, ast.AST], new: str, within: tuple[str, ...], line: int) -> Mutant:
        begin, end = self._place(span[0])[0], self._place(span[1])[1]
        old = self.source[begin:end].decode()
        last_line: int = span[1].end_lineno  # type: ignore[attr-defined] # all that have faults stand somewhere
        return Mutant(self.path, ".".join(within) or "module", rule, old, new, begin, end, line, last_line)

    def _text(self, node: ast.AST) -> str:
        begin, end = self._place(node)
        return self.source[begin:end].decode()

    def _place(self, node: ast.AST) -> tuple[int, int]:
        return (
            self.starts[node.lineno - 1] + node.col_offset,  # type: ignore[attr-defined] # as above
            self.starts[node.end_lineno - 1] + node.end_col_offset,  # type: ignore[attr-defined] # as above
        )
