"""What axe-core finds on our pages, light and dark, on a phone and on a desktop; 0 is expected.

python -m tests.load.viewers axe
"""

from playwright.sync_api import Browser, ViewportSize

from tests.load.viewers.size import PAGES
from tests.load.viewers.stage import chromium, demo
from tests.services_auth.test_accessible import COLOURS, DESKTOP, PHONE, Colours, blamed


def found(browser: Browser, address: str, colours: Colours, window: dict[str, int]) -> list[str]:
    """Return the violations on a page, without those inside other people's viewers."""
    size: ViewportSize = {"width": window["width"], "height": window["height"]}
    context = browser.new_context(bypass_csp=True, color_scheme=colours, viewport=size)
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    violations = blamed(page)
    context.close()
    return violations


def main() -> None:
    """Print the number of violations of every page, and each in words."""
    print("axe-core, violations:", *(f"{colours:>13} {size}" for colours in COLOURS for size in ("phone", "desktop")))
    with demo() as shelf, chromium() as browser:
        for name, path in PAGES.items():
            all_found = [
                found(browser, shelf.url + path, colours, window) for colours in COLOURS for window in (PHONE, DESKTOP)
            ]
            print(f"  {name:<19}", *(f"{len(each):>19}" for each in all_found))
            for violation in sorted({violation for each in all_found for violation in each}):
                print(f"    {violation}")


if __name__ == "__main__":
    main()
