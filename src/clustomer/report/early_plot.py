"""Drawing of the early forecast: how sure it was against how often it was right."""

from __future__ import annotations

import numpy as np

from clustomer.classifier.early import EarlyAssessment
from clustomer.report.axes import Axis, tick_labels
from clustomer.report.drawing import Dots, Drawing, Line, Mark, Rect, Text, points
from clustomer.report.style import percent


def calibration(early: EarlyAssessment) -> Drawing:
    """Draw the reliability diagram (DeGroot & Fienberg, 1983), with the number of forecasts."""
    across, up = Axis(0.0, 1.0, 52.0, 412.0), Axis(0.0, 1.0, 250.0, 14.0)
    marks: list[Mark] = []
    ticks = across.ticks()
    for tick, name in zip(ticks, tick_labels(ticks, percent=True), strict=True):
        x, y = across.pixel(tick), up.pixel(tick)
        marks.append(Line(points([52.0, 412.0], [y, y]), "grid", 1.0))
        marks.append(Text(46.0, y + 4, name, size=11.0, anchor="end"))
        marks.append(Text(x, 268.0, name, size=11.0, anchor="middle"))
    marks.append(Line(points([52.0, 412.0], [250.0, 14.0]), "soft", 1.5, dashed=True))
    most = max((one.customers for one in early.reliability), default=1)
    for one in early.reliability:
        high = 40.0 * one.customers / most
        marks.append(Rect(across.pixel(one.sure) - 12, 250.0 - high, 24.0, high, "soft", 0.6))
    where = points(
        across.at(np.array([one.sure for one in early.reliability])),
        up.at(np.array([one.right for one in early.reliability])),
    )
    if len(where) > 1:
        marks.append(Line(where, "low", 2.0))
    marks.append(Dots(where, 4.5, "low"))
    marks.append(Text(232.0, 288.0, "how sure (bars: how many)", size=11.5, anchor="middle"))
    marks.append(Text(52.0, 8.0, "how often right", size=11.5))
    says = "Calibration of the early forecast: " + "; ".join(
        f"{percent(one.sure)} sure, {percent(one.right)} right, {one.customers:,} customers"
        for one in early.reliability
    )
    return Drawing(440.0, 296.0, tuple(marks), says)
