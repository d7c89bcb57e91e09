"""Icons: every file draws something, in the colour asked for, sharp where the screen is."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QIcon, QImage
from PySide6.QtWidgets import QApplication

from ui.icons import icon, names, pixmap, product_icon
from ui.theme import theme_named

LIGHT, DARK = theme_named("light"), theme_named("dark")


def _drawn_in(image: QImage, wanted: str) -> bool:
    """Whether its solid pixels are of that colour; blending may be one step off."""
    colour = QColor(wanted)
    solid = _solid(image)
    return bool(solid) and all(
        abs(one - other) <= 2 for pixel in solid for one, other in zip(pixel.getRgb(), colour.getRgb(), strict=True)
    )


def _solid(image: QImage) -> list[QColor]:
    solid = []
    for x in range(image.width()):
        for y in range(image.height()):
            colour = image.pixelColor(x, y)
            if colour.alpha() == 255:
                solid.append(colour)
    return solid


@pytest.mark.parametrize("name", names())
def test_every_icon_draws_in_the_colour_of_the_text(qapp: QApplication, name: str) -> None:
    assert _drawn_in(icon(name, DARK, 48).pixmap(48).toImage(), DARK.colours.text)


def test_an_icon_takes_the_colour_of_a_role_and_pales_when_disabled(qapp: QApplication) -> None:
    lock = icon("lock", LIGHT, 48, role="danger")
    assert _drawn_in(lock.pixmap(48).toImage(), LIGHT.colours.danger)
    assert _drawn_in(lock.pixmap(48, QIcon.Mode.Disabled).toImage(), LIGHT.colours.disabled)


def test_an_icon_is_drawn_once(qapp: QApplication) -> None:
    assert icon("lock", LIGHT).cacheKey() == icon("lock", LIGHT).cacheKey()


def test_an_icon_has_twice_the_pixels_on_a_fine_screen(qapp: QApplication) -> None:
    assert icon("lock", LIGHT, 18).pixmap(qapp.primaryScreen().size(), 2.0).width() == 36


def test_an_icon_grows_with_the_text(qapp: QApplication) -> None:
    assert pixmap("lock", theme_named("light", 1.5), 20).width() == 30


def test_a_name_nobody_drew_is_refused(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon", LIGHT)


def test_the_product_has_a_mark_in_every_size(qapp: QApplication) -> None:
    assert {size.width() for size in product_icon().availableSizes()} == {16, 24, 32, 48, 64, 128, 256}
