"""Orders of bearings against published figures."""

import pytest

from domain.vibration.bearing import Bearing, orders

SKF_6205 = Bearing(elements=9, element_mm=7.94, pitch_mm=39.04)


def test_the_orders_of_skf_6205_are_those_of_its_maker() -> None:
    """Figures of Case Western's bearing data centre: 3.5848, 5.4152, 4.7135, 0.39828 turns."""
    found = orders(SKF_6205)

    assert (found.outer, found.inner, found.ball, found.cage) == pytest.approx(
        (3.5848, 5.4152, 4.7135, 0.39828), abs=1e-4
    )
    assert found.outer * 1797 / 60 == pytest.approx(107.36, abs=0.01)


def test_a_contact_angle_is_in_degrees() -> None:
    """MathWorks' example of `bearingFaultBands`: 8 balls, 2 by 12 cm, 15 degrees, 25 turns a second."""
    found = orders(Bearing(elements=8, element_mm=20, pitch_mm=120, contact_deg=15))

    hertz = [25 * order for order in (found.outer, found.inner, found.ball / 2, found.cage)]
    assert hertz == pytest.approx([83.90, 116.10, 73.06, 10.49], abs=0.01)


def test_both_rings_add_up_to_the_elements_and_the_cage_carries_them() -> None:
    found = orders(Bearing(elements=13, element_mm=9.5, pitch_mm=61.2, contact_deg=40))

    assert found.outer + found.inner == pytest.approx(13)
    assert found.outer == pytest.approx(13 * found.cage)


@pytest.mark.parametrize(
    "geometry",
    [(0, 8.0, 39.0, 0.0), (9, 0.0, 39.0, 0.0), (9, 39.0, 8.0, 0.0), (9, 8.0, 39.0, 90.0), (9, float("nan"), 39.0, 0.0)],
)
def test_an_impossible_geometry_is_refused(geometry: tuple[int, float, float, float]) -> None:
    with pytest.raises(ValueError, match="correct the master data"):
        Bearing(*geometry)
