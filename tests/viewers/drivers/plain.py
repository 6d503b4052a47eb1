"""OpenSeadragon and Leaflet-IIIF: they draw a picture and know nothing of search or access."""

from tests.viewers.drivers.base import Driver


class OpenSeadragon(Driver):
    """OpenSeadragon as anybody embeds it, given the address of info.json."""

    title = "OpenSeadragon 6.1.1"
    host_page = "osd.html"
    presentation = 2
    stage = "#viewer"

    def turn_page(self) -> None:
        self.page.evaluate("viewer.goToPage(viewer.currentPage() + 1)")


class LeafletIiif(Driver):
    """Leaflet-IIIF, given the address that info.json names: it builds tiles from the address it was given."""

    title = "Leaflet-IIIF 3.0.0"
    host_page = "leaflet.html"
    presentation = 2
    stage = "#viewer"
