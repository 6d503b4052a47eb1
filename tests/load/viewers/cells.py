"""How many of the trials of docs/viewers.md work, viewer by viewer, and why the others do not.

python -m tests.load.viewers cells
"""

from collections import Counter

from tests.viewers.matrix import LACKS, WORKS, committed


def main() -> None:
    """Print the numbers of cells that work, of those that do not, and of what a viewer does not have."""
    cells = committed()
    if not cells:
        print("docs/viewers.md has no table yet; `make matrix` writes it")
        return
    kinds = {
        cell: WORKS if outcome.code == WORKS else "lacks" if outcome.code.startswith(LACKS) else "fails"
        for cell, outcome in cells.items()
    }
    total = Counter(kinds.values())
    print(f"{total[WORKS]} of {len(cells)} cells work, {total['fails']} fail, {total['lacks']} are not in the viewer")
    for viewer in sorted({cell.viewer for cell in cells}):
        own = Counter(kind for cell, kind in kinds.items() if cell.viewer == viewer)
        print(f"  {viewer:<26} works {own[WORKS]:4}   fails {own['fails']:3}   lacks {own['lacks']:3}")
    for code, count in Counter(outcome.code for cell, outcome in cells.items() if kinds[cell] == "fails").most_common():
        print(f"  {count:4} {code}")


if __name__ == "__main__":
    main()
