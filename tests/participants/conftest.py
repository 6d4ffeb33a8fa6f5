from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data():
    """The folder of sample files."""
    return Path(__file__).parent.parent / "data"
