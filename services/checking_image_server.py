"""What `lectern check --online` tells of another image server: whether it answers, and by the names that we give it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import requests

from auth.decision import STRANGER
from auth.pages import decide_page
from auth.policies import Policies
from lectern.catalogue import CanvasRow, Catalogue
from lectern.elsewhere import name_elsewhere
from lectern.errors import NotFound, StoreUnavailable
from lectern.ids import ImageId
from lectern.settings import Settings
from services.faults import Fault
from services.image.elsewhere import Elsewhere

Open = tuple[ImageId, CanvasRow]  # a picture that everybody may see
_WAIT = (1.0, 3.0)  # seconds to connect, and for an answer


def open_picture(catalogue: Catalogue, policies: Policies, settings: Settings, now: datetime) -> Open | None:
    """Return the first picture of the first object that everybody may see, as the image server would have it."""
    for row in catalogue.objects():
        rules = policies.rules(row.id, row.policy)
        for canvas in catalogue.canvases(row.id)[:1]:
            image = ImageId(row.id, canvas.n)
            named = name_elsewhere(settings.image_server_name, image, canvas.image) is not None
            seen = named and canvas.has_picture(settings.pictures_elsewhere)
            if seen and decide_page(rules, canvas.n, STRANGER, None, now).public:
                return image, canvas
    return None


def image_server_troubles(settings: Settings) -> Iterator[Fault]:
    """Yield why the image server of the settings cannot be asked; any answer but a fault of its own is a good one."""
    address = _address(settings)
    remedy = "Start it, or correct LECTERN_IMAGE_SERVER."
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(address, timeout=_WAIT, stream=True, allow_redirects=False) as response:
                if response.status_code >= requests.codes.server_error:
                    yield f"The image server answers {address} with status {response.status_code}.", remedy
    except requests.Timeout:
        yield f"The image server at {address} does not answer in time.", remedy
    except requests.RequestException:
        yield f"The image server at {address} does not answer.", remedy


def name_troubles(settings: Settings, found: Open) -> Iterable[Fault]:
    """Yield what the image server says of a picture other than its info.json; it waits some seconds at most."""
    image, canvas = found
    name = name_elsewhere(settings.image_server_name, image, canvas.image)
    asked = f"{_address(settings)}/{name}/info.json"
    remedy = (
        f"LECTERN_IMAGE_SERVER_NAME ({settings.image_server_name}) has to make the name that the server has for the "
        "picture: open the address that was asked, and compare it with one that the server answers."
    )
    try:
        Elsewhere(settings).info(image, canvas.image, 2)
    except NotFound:
        yield (
            f"The image server does not know picture {image.n} of {image.object}: {asked} is answered with 404.",
            remedy,
        )
    except StoreUnavailable as error:
        yield f"{error.detail} Asked was {asked}.", remedy


def _address(settings: Settings) -> str:
    return settings.image_server.replace("{version}", "2")
