"""Write every generated file of the chart, and its parts of pages."""

from __future__ import annotations

from charts.generator.files import CHART, generated_files, generated_pages

for name, content in generated_files().items():
    path = CHART / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
for page, text in generated_pages().items():
    page.write_text(text, encoding="utf-8")
