"""National Drug Codes: from the label's ten digits (4-4-2, 5-3-2, 5-4-1) to the billing form 5-4-2."""

from __future__ import annotations

import re

from workstation.errors import WorkstationError

_FORMS = re.compile(r"(\d{4})-(\d{4})-(\d{2})|(\d{5})-(\d{3})-(\d{2})|(\d{5})-(\d{4})-(\d{1,2})")


class BadNdc(WorkstationError):
    what = "this is not a National Drug Code."
    remedy = "Copy it from the package with its dashes: 4-4-2, 5-3-2 or 5-4-1, or eleven digits as 5-4-2."


def billing_form(text: str) -> str:
    """`0409-6102-02` as `00409-6102-02`. Raises BadNdc; ten digits without dashes say not where the zero goes."""
    plain = "".join(text.split())
    if re.fullmatch(r"\d{11}", plain):
        return f"{plain[:5]}-{plain[5:9]}-{plain[9:]}"
    found = _FORMS.fullmatch(plain)
    if found is None:
        raise BadNdc
    labeler, product, package = (part for part in found.groups() if part is not None)
    return f"{labeler.zfill(5)}-{product.zfill(4)}-{package.zfill(2)}"
