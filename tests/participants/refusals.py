"""`with refused("capacity"):` holds that the block is refused by the rule of that name."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError


def codes(error: ValidationError) -> list[str]:
    if hasattr(error, "error_dict"):
        return [each.code for errors in error.error_dict.values() for each in errors]
    return [each.code for each in error.error_list]


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(ValidationError) as caught:
        yield
    assert codes(caught.value) == [code]
