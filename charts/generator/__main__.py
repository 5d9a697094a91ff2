"""Write every generated file of the chart."""

from __future__ import annotations

from charts.generator.files import CHART, generated_files

for name, content in generated_files().items():
    path = CHART / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
