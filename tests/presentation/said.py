"""A description that says everything there is to say."""

from lectern.description import Description, ImageService, Logo, Pair, Provider, WebPage

PAGE = WebPage("https://library.example/item/7", {"en": ("At the library",)}, languages=("en",))
SITE = WebPage("https://library.example/", {"en": ("The library",), "de": ("Die Bibliothek",)})
LOGO = Logo(
    "https://images.library.example/logo/full/200,/0/default.png",
    "image/png",
    200,
    80,
    ImageService("https://images.library.example/logo", "ImageService2", "http://iiif.io/api/image/2/level2.json"),
)
EVERYTHING = Description(
    label={"en": ("The Harbour Gazette",), "de": ("Die Hafenzeitung",)},
    summary={"en": ("<p>A <b>weekly</b></p>",), "none": ("wöchentlich",)},
    metadata=(
        Pair({"en": ("Publisher",), "de": ("Verlag",)}, {"none": ("A. Printer", "B. Printer")}),
        Pair({"en": ("Date",)}, {"en": ("4 March 1871",), "de": ("4. März 1871",)}),
    ),
    required_statement=Pair({"en": ("Attribution",)}, {"en": ("Provided by the library",)}),
    providers=(Provider("https://library.example/about", {"en": ("A library",)}, (SITE,), (LOGO,)),),
    homepages=(PAGE,),
    nav_date="1871-03-04T00:00:00Z",
    behavior=("paged", "no-repeat"),
    start=2,
)
