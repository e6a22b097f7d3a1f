"""conftest.py - what every end-to-end test may ask for."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from programs import Workplace  # noqa: E402


@pytest.fixture
def workplace(tmp_path):
    return Workplace(tmp_path)
